"""The book: lines and terms, facts, what follows from them in money, business days."""

from billing.models.calendar import AheadOfNight, BusinessDay, DaySlice, Quarantine
from billing.models.channels import (
    Account,
    Break,
    BreakEvent,
    Channel,
    ChannelDay,
    ChannelNotice,
    ChannelPayment,
    JournalLine,
    Posting,
    SettlementFile,
    SettlementLine,
    TrialBalance,
)
from billing.models.debits import DebitAttempt, Mandate, MandateEnd, SandboxDebit
from billing.models.facts import Fact, PlanInstalment
from billing.models.holds import Hold
from billing.models.holidays import BankCalendar, Holiday
from billing.models.lines import CreditLine, ProductTerms
from billing.models.money import (
    NEVER,
    Bill,
    Charge,
    Dispute,
    Entry,
    LineState,
    OpenBill,
    Plan,
    PlanBill,
)
from billing.models.promises import PromiseEnd, PromiseState, PromiseToPay
from billing.models.write_offs import WriteOff

__all__ = [
    "NEVER",
    "Account",
    "AheadOfNight",
    "BankCalendar",
    "Bill",
    "Break",
    "BreakEvent",
    "BusinessDay",
    "Channel",
    "ChannelDay",
    "ChannelNotice",
    "ChannelPayment",
    "Charge",
    "CreditLine",
    "DaySlice",
    "DebitAttempt",
    "Dispute",
    "Entry",
    "Fact",
    "Hold",
    "Holiday",
    "JournalLine",
    "LineState",
    "Mandate",
    "MandateEnd",
    "OpenBill",
    "Plan",
    "PlanBill",
    "PlanInstalment",
    "Posting",
    "ProductTerms",
    "PromiseEnd",
    "PromiseState",
    "PromiseToPay",
    "Quarantine",
    "SandboxDebit",
    "SettlementFile",
    "SettlementLine",
    "TrialBalance",
    "WriteOff",
]
