from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RiskConfig(AppConfig):
    name = "risk"
    verbose_name = _("Credit status")

    def ready(self) -> None:
        from risk import acts, assessment, replies, timeline, work

        assessment.listen()
        acts.announce()
        timeline.announce()
        work.announce()
        replies.announce()
