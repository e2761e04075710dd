"""Appeals, what was said and shown in them, and the figures they go by."""

from appeals.models.appeals import Appeal, AppealEvent, ContestedCause
from appeals.models.decisions import AppealDecision
from appeals.models.evidence import Evidence, EvidenceView
from appeals.models.figures import AppealRules, WorkCalendar
from appeals.models.staff import DeclaredConflict
from appeals.models.thread import InternalNote, Message

__all__ = [
    "Appeal",
    "AppealDecision",
    "AppealEvent",
    "AppealRules",
    "ContestedCause",
    "DeclaredConflict",
    "Evidence",
    "EvidenceView",
    "InternalNote",
    "Message",
    "WorkCalendar",
]
