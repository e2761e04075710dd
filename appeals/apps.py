from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AppealsConfig(AppConfig):
    name = "appeals"
    verbose_name = _("Appeals")

    def ready(self) -> None:
        from appeals import acts, own_data, work
        from appeals.offers import act as granting
        from appeals.offers import telling

        acts.announce()
        work.announce()
        own_data.announce()
        granting.announce()
        telling.announce()
