"""What this room holds about a customer (accounts/takeaway.py)."""

from django.utils.translation import gettext_lazy as _

from accounts.takeaway import register, table, withhold
from risk.models import (
    Alert,
    Authorization,
    Correction,
    Decision,
    Episode,
    EpisodeAge,
    EpisodeBill,
    Forgiveness,
    LineStatus,
    Point,
    Restriction,
    RestrictionEvidence,
    Score,
)


def announce() -> None:
    register(
        table("score", _("Your score"), Score),
        table("points", _("The points of your score"), Point),
        table("restrictions", _("Your restrictions"), Restriction),
        table("restriction_evidence", _("What they rest on"), RestrictionEvidence),
        table("line_status", _("The status of your lines"), LineStatus),
        table("episodes", _("When you were overdue"), Episode),
        table("episode_bills", _("The bills of it"), EpisodeBill),
        table("episode_ages", _("How its days were counted"), EpisodeAge),
        table("alerts", _("Alerts"), Alert),
        table("decisions", _("Decisions of our staff"), Decision),
        table("forgiveness", _("What was forgiven"), Forgiveness),
        table("authorizations", _("What was asked of your lines, and our answer"), Authorization),
        table("corrections", _("What was corrected"), Correction),
    )
    withhold("risk.RestrictionTold", "which notice was last queued; the notices are given")
    withhold("risk.StatusTold", "which status was last announced; the status is given")
