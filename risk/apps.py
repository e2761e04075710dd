from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RiskConfig(AppConfig):
    name = "risk"
    verbose_name = _("Credit status")

    def ready(self) -> None:
        from risk import (
            acts,
            assessment,
            mark_acts,
            notices,
            own_data,
            replies,
            timeline,
            work,
        )
        from risk.desk import mandates, promises, search

        assessment.listen()
        acts.announce()
        mark_acts.announce()
        timeline.announce()
        own_data.announce()
        notices.announce()
        promises.announce()
        mandates.announce()
        work.announce()
        replies.announce()
        search.announce()
