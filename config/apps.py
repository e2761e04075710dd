from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Fairline"

    def ready(self) -> None:
        from config.night import worklists

        worklists.announce()
