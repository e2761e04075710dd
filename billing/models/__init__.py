"""The book: lines and terms, facts, what follows from them in money, business days."""

from billing.models.calendar import AheadOfNight, BusinessDay, DaySlice, Quarantine
from billing.models.facts import Fact, PlanInstalment
from billing.models.holds import Hold
from billing.models.lines import CreditLine, ProductTerms
from billing.models.money import (
    Bill,
    Charge,
    Dispute,
    Entry,
    LineState,
    OpenBill,
    Plan,
    PlanBill,
)

__all__ = [
    "AheadOfNight",
    "Bill",
    "BusinessDay",
    "Charge",
    "CreditLine",
    "DaySlice",
    "Dispute",
    "Entry",
    "Fact",
    "Hold",
    "LineState",
    "OpenBill",
    "Plan",
    "PlanBill",
    "PlanInstalment",
    "ProductTerms",
    "Quarantine",
]
