from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RiskConfig(AppConfig):
    name = "risk"
    verbose_name = _("Credit status")

    def ready(self) -> None:
        from risk import acts, assessment, notices, own_data, timeline

        assessment.listen()
        acts.announce()
        timeline.announce()
        own_data.announce()
        notices.announce()
