"""Credit status: policies, decisions of staff, and what follows from the facts under a policy."""

from risk.models.authorizations import Authorization
from risk.models.decisions import Decision, PolicyVersion
from risk.models.episodes import Episode, EpisodeAge, EpisodeBill, Forgiveness
from risk.models.restrictions import Alert, LineStatus, Restriction, RestrictionEvidence
from risk.models.score import Correction, Point, Score
from risk.models.told import RestrictionTold, StatusTold

__all__ = [
    "Alert",
    "Authorization",
    "Correction",
    "Decision",
    "Episode",
    "EpisodeAge",
    "EpisodeBill",
    "Forgiveness",
    "LineStatus",
    "Point",
    "PolicyVersion",
    "Restriction",
    "RestrictionEvidence",
    "RestrictionTold",
    "Score",
    "StatusTold",
]
