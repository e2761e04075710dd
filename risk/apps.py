from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RiskConfig(AppConfig):
    name = "risk"
    verbose_name = _("Credit status")

    def ready(self) -> None:
        from risk import acts, assessment, mark_acts, replies, timeline, work
        from risk.desk import promises

        assessment.listen()
        acts.announce()
        mark_acts.announce()
        timeline.announce()
        promises.announce()
        work.announce()
        replies.announce()
