"""Appeals, what was said and shown in them, and the figures they go by."""

from appeals.letters.models import Letter, LetterPdf, LetterView
from appeals.models.appeals import Appeal, AppealEvent, ContestedCause
from appeals.models.decisions import AppealDecision
from appeals.models.evidence import Evidence, EvidenceView
from appeals.models.figures import AppealRules, WorkCalendar
from appeals.models.staff import DeclaredConflict
from appeals.models.thread import InternalNote, Message
from appeals.offers.models import Execution, Offer, OfferEvent, PlanLength, Signature

__all__ = [
    "Appeal",
    "AppealDecision",
    "AppealEvent",
    "AppealRules",
    "ContestedCause",
    "DeclaredConflict",
    "Evidence",
    "EvidenceView",
    "Execution",
    "InternalNote",
    "Letter",
    "LetterPdf",
    "LetterView",
    "Message",
    "Offer",
    "OfferEvent",
    "PlanLength",
    "Signature",
    "WorkCalendar",
]
