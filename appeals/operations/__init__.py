"""Acts on appeals. Each is one transaction that leaves a row in the appeal's log.

Common arguments: `by` is who acts: a `User` (staff, or a customer who signed in), a `Customer`
(who came in through a token), or None for the system; `at` the instant, aware; `on` the business
date of what follows in the book; `version` what the page showed: if the appeal changed since,
`Stale` is raised and nothing is done. Common errors, all `AppealRefused`: `NotAllowed` (not
theirs, no permission, a conflict of interest, a move that is not theirs), `WrongState`, `Stale`.
"""

from appeals.operations.actors import AppealRefused, By, NotAllowed
from appeals.operations.clocks import escalate, expire, extend
from appeals.operations.conflicts import declare_conflict, end_conflict
from appeals.operations.deciding import Finding, decide, settle
from appeals.operations.evidence import attach, open_evidence, record_scan
from appeals.operations.figures import keep_calendar, publish_rules
from appeals.operations.filing import reopen, submit
from appeals.operations.handling import (
    answer,
    ask_approval,
    ask_customer,
    assign,
    negotiate,
    resume,
    take,
    turn_down,
    withdraw,
)
from appeals.operations.moving import Stale, WrongState
from appeals.operations.thread import add_note, send_message

__all__ = [
    "AppealRefused",
    "By",
    "Finding",
    "NotAllowed",
    "Stale",
    "WrongState",
    "add_note",
    "answer",
    "ask_approval",
    "ask_customer",
    "assign",
    "attach",
    "decide",
    "declare_conflict",
    "end_conflict",
    "escalate",
    "expire",
    "extend",
    "keep_calendar",
    "negotiate",
    "open_evidence",
    "publish_rules",
    "record_scan",
    "reopen",
    "resume",
    "send_message",
    "settle",
    "submit",
    "take",
    "turn_down",
    "withdraw",
]
