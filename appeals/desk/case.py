"""The page of a case: what is contested and why it stands so, what was said, what can be done."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import ActRequest, Customer, User
from accounts.staff_acts import RequestStatus
from appeals import eligibility
from appeals.acts import DecideAppeal, ExtendTerm
from appeals.choices import Ask, Result, State, Subject, Who
from appeals.desk import faces, panels, replies
from appeals.models import (
    Appeal,
    AppealDecision,
    AppealEvent,
    ContestedCause,
    Evidence,
    InternalNote,
    Message,
)
from appeals.moves import MOVES
from appeals.operations.evidence import VIEW
from appeals.operations.filing import review_until
from appeals.titles import titles
from risk.explain import explain
from risk.explain.reasons import Reason

TONES = {
    State.SUBMITTED: "info",
    State.IN_REVIEW: "info",
    State.WAITING_CUSTOMER: "warn",
    State.NEGOTIATING: "info",
    State.WAITING_APPROVAL: "warn",
    State.EXPIRED: "none",
    State.WITHDRAWN: "none",
}
RESULT_TONES = {Result.GRANTED: "good", Result.PARTLY: "warn", Result.DECLINED: "bad"}

_MODELS: Mapping[str, str] = {
    Subject.RESTRICTION: "risk.restriction",
    Subject.EPISODE: "risk.episode",
    Subject.FEE: "billing.entry",
    Subject.POINT: "risk.point",
    Subject.BILL: "billing.bill",
    Subject.TRANSACTION: "billing.fact",
}

MOVE_WORDS: Mapping[str, str | Promise] = {
    "submit": _("Filed"),
    "assign": _("Given to somebody"),
    "take": _("Taken up"),
    "ask_customer": _("Customer asked"),
    "remind": _("Customer reminded"),
    "answer": _("Customer answered"),
    "message": _("Message"),
    "evidence": _("Evidence handed in"),
    "negotiate": _("Offer on the table"),
    "resume": _("Back to review"),
    "ask_approval": _("Approval asked for"),
    "turn_down": _("Approval not given"),
    "approve_offer": _("Offer approved"),
    "extend": _("Legal term extended"),
    "alarm": _("Legal term comes near"),
    "overrun": _("Legal term overrun"),
    "decide": _("Decided"),
    "settle": _("Offer carried out"),
    "withdraw": _("Withdrawn by the customer"),
    "expire": _("Ended without an answer"),
}


@dataclass(frozen=True)
class CauseCard:
    """A contested cause with what the explanation says of it, where it is a restriction."""

    cause: ContestedCause
    title: str
    reason: Reason | None
    model: str

    @property
    def tone(self) -> str:
        return RESULT_TONES[Result(self.cause.result)] if self.cause.result else "info"


@dataclass(frozen=True)
class StepRow:
    event: AppealEvent
    words: str | Promise


def context(
    request: HttpRequest, appeal: Appeal, now: datetime.datetime, on: datetime.date
) -> dict[str, Any]:
    """Everything the page shows, in a constant number of queries."""
    user = request.user
    assert isinstance(user, User)
    causes = list(
        ContestedCause.objects.filter(appeal=appeal).select_related("line").order_by("position")
    )
    handles = user.has_perm(eligibility.HANDLE) and appeal.is_open
    barred = eligibility.barred(user, appeal) if handles else ""
    handles = handles and not barred
    decision = (
        AppealDecision.objects.filter(appeal=appeal)
        .select_related("decided_by", "approved_by")
        .first()
    )
    second = Appeal.objects.filter(second_review_of=appeal).first()
    return {
        "appeal": appeal,
        "clocks": faces.both(appeal, now),
        "asks": [Ask(ask).label for ask in appeal.asks],
        "tone": tone(appeal),
        "causes": _cards(appeal.customer, causes, on),
        "thread": Message.objects.filter(appeal=appeal).select_related("by").order_by("pk"),
        "notes": InternalNote.objects.filter(appeal=appeal).select_related("by").order_by("pk"),
        "files": Evidence.objects.filter(appeal=appeal).order_by("pk"),
        "opens_files": user.has_perm(VIEW),
        "log": [
            StepRow(event, MOVE_WORDS.get(event.move, event.move))
            for event in AppealEvent.objects.filter(appeal=appeal)
            .select_related("by")
            .order_by("-version")
        ],
        "decision": decision,
        "second": second,
        "replies": replies.offered() if handles else [],
        "draft": replies.chosen(appeal, request.GET.get("reply", "")) if handles else "",
        "page": {"customer": appeal.customer, "on": on},
        "reopens": user.has_perm(eligibility.HANDLE) and _reopens(appeal, second, now),
        "requests": _requests(appeal),
        "barred": barred,
        "may": _may(appeal, user) if handles else frozenset(),
        "leads": user.has_perm(eligibility.LEAD),
        "handlers": _handlers(appeal, user) if handles else (),
        "panels": panels.of(appeal, request),
    }


def _reopens(appeal: Appeal, second: Appeal | None, now: datetime.datetime) -> bool:
    """Whether a second review may be asked for."""
    if appeal.state != State.DECIDED or appeal.result == Result.GRANTED:
        return False
    if second is not None or appeal.second_review_of_id is not None:
        return False
    return timezone.localdate(now) <= review_until(appeal)


def tone(appeal: Appeal) -> str:
    """The colour of its state, or of its result."""
    if appeal.result:
        return RESULT_TONES[Result(appeal.result)]
    return TONES.get(State(appeal.state), "info")


def _handlers(appeal: Appeal, user: User) -> Sequence[User]:
    """To whom those who lead may give it, the least loaded first."""
    return list(eligibility.eligible(appeal)) if user.has_perm(eligibility.LEAD) else []


def _cards(
    customer: Customer, causes: Sequence[ContestedCause], on: datetime.date
) -> list[CauseCard]:
    words = titles(causes)
    reasons: dict[int, Reason] = {}
    if any(cause.subject_kind == Subject.RESTRICTION for cause in causes):
        told = explain(customer.pk, on)
        reasons = {reason.restriction.pk: reason for reason in [*told.in_force, *told.ended]}
    return [
        CauseCard(
            cause,
            words[(cause.subject_kind, cause.subject_id)],
            reasons.get(cause.subject_id) if cause.subject_kind == Subject.RESTRICTION else None,
            _MODELS[cause.subject_kind],
        )
        for cause in causes
    ]


def _may(appeal: Appeal, user: User) -> frozenset[str]:
    """Moves of the table that staff have here, and what needs no move."""
    moves = {
        name
        for name, move in MOVES.items()
        if appeal.state in move.before and Who.STAFF in move.who
    }
    return frozenset(moves | {"message", "note", "evidence", "assign"})


def _requests(appeal: Appeal) -> Sequence[ActRequest]:
    return list(
        ActRequest.objects.filter(
            customer=appeal.customer_id,
            act__in=[DecideAppeal.code, ExtendTerm.code],
            status=RequestStatus.WAITING,
            data__appeal=str(appeal.pk),
        ).select_related("requested_by")
    )
