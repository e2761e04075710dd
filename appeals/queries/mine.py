"""A customer's own appeals, for the portal and the API: nobody else's rows, and nothing that is
only for staff. Internal notes cannot be reached from here: this module does not know them.
"""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from appeals import rules
from appeals.choices import ENDED, Result, State, Subject, Who
from appeals.clocks import legal
from appeals.models import Appeal, AppealDecision, AppealEvent, ContestedCause, Evidence, Message
from appeals.moves import MOVES
from appeals.operations.filing import review_until
from appeals.subjects import TRANSACTIONS
from appeals.titles import titles
from billing.choices import Component, EntryKind
from billing.models import NEVER, Bill, Entry, Fact
from risk.models import Episode, Point, Restriction

#: Steps that the customer is told of; the others are how we work.
TOLD = (
    "submit", "take", "ask_customer", "remind", "answer", "negotiate", "ask_approval", "extend",
    "decide", "settle", "withdraw", "expire", "overrun",
)  # fmt: skip
MOST = 200


@dataclass(frozen=True)
class Row:
    """An appeal in the list of the customer's own."""

    appeal: Appeal
    title: str
    needs_you: bool


@dataclass(frozen=True)
class Step:
    """Something that happened, without who of the staff did it."""

    move: str
    state: str
    who: str
    at: datetime.datetime
    why: str


@dataclass(frozen=True)
class Said:
    """A message; `mine` if the customer wrote it."""

    text: str
    mine: bool
    at: datetime.datetime


@dataclass(frozen=True)
class File:
    """Something handed in; `ready` once it may be opened."""

    public_id: uuid.UUID
    name: str
    content_type: str
    size: int
    at: datetime.datetime
    ready: bool


@dataclass(frozen=True)
class Cause:
    """One contested cause, and how it was decided."""

    title: str
    result: str
    found: str

    @property
    def result_words(self) -> str:
        return str(Result(self.result).label) if self.result else ""


@dataclass(frozen=True)
class Mine:
    """One appeal with everything its customer may see and do."""

    appeal: Appeal
    title: str
    causes: Sequence[Cause]
    steps: Sequence[Step]
    thread: Sequence[Said]
    files: Sequence[File]
    decision: AppealDecision | None
    second_review: Appeal | None
    files_left: int
    may: frozenset[str]
    review_until: datetime.date | None

    @property
    def needs_you(self) -> bool:
        return self.appeal.state == State.WAITING_CUSTOMER


def appeals_of(customer_id: int) -> list[Row]:
    """The customer's appeals, newest first."""
    rows = list(
        Appeal.objects.filter(customer_id=customer_id).order_by("-received_at", "-pk")[:MOST]
    )
    words = titles(rows)
    return [Row(row, _title(row, words), row.state == State.WAITING_CUSTOMER) for row in rows]


def appeal_of(
    customer_id: int, public_id: uuid.UUID | str, *, today: datetime.date | None = None
) -> Mine | None:
    """One of the customer's own; None for what is not theirs and for what is not there, alike."""
    appeal = (
        Appeal.objects.filter(customer_id=customer_id, public_id=public_id)
        .select_related("customer", "second_review_of", "decision", "line")
        .first()
    )
    if appeal is None:
        return None
    causes = list(ContestedCause.objects.filter(appeal=appeal).order_by("position"))
    words = titles([appeal, *causes])
    files = list(Evidence.objects.filter(appeal=appeal).order_by("pk"))
    second = Appeal.objects.filter(second_review_of=appeal).first()
    until = _until(appeal, second)
    return Mine(
        appeal=appeal,
        title=_title(appeal, words),
        causes=[
            Cause(words[(row.subject_kind, row.subject_id)], row.result or "", row.found)
            for row in causes
        ],
        steps=[
            Step(row.move, row.to_state, row.who, row.at, row.why if row.move in _SAYS_WHY else "")
            for row in AppealEvent.objects.filter(appeal=appeal, move__in=TOLD).order_by("version")
        ],
        thread=[
            Said(row.text, row.author == Who.CUSTOMER, row.at)
            for row in Message.objects.filter(appeal=appeal).order_by("pk")
        ],
        files=[
            File(row.public_id, row.name, row.content_type, row.size, row.at, row.may_be_shown)
            for row in files
        ],
        decision=getattr(appeal, "decision", None),
        second_review=second,
        files_left=max(rules.rules_on(appeal.received_on).evidence.files - len(files), 0),
        may=_may(appeal, until, today or timezone.localdate()),
        review_until=until,
    )


def evidence_of(customer_id: int, public_id: uuid.UUID | str) -> Evidence | None:
    """A file of the customer's own; opened through operations.open_evidence."""
    return (
        Evidence.objects.filter(appeal__customer_id=customer_id, public_id=public_id)
        .select_related("appeal")
        .first()
    )


def to_appeal_against(customer_id: int) -> list[tuple[str, int, str]]:
    """What the customer is most likely to contest, as (kind, id, words): restrictions in force,
    episodes, bills, late fees of the last bills, points that were lost, transactions."""
    found: list[tuple[str, int]] = []
    mine = {"customer_id": customer_id}
    standing = Restriction.objects.filter(**mine, until_on=None, reversed_on=None)
    found += [(Subject.RESTRICTION, pk) for pk in _ids(standing.order_by("line_id", "-from_on"))]
    episodes = Episode.objects.filter(**mine, reversed_on=None).order_by("-opened_on")[:6]
    found += [(Subject.EPISODE, pk) for pk in _ids(episodes)]
    bills = Bill.objects.filter(**mine, issued_on__gt=NEVER).order_by("-issued_on", "-pk")[:12]
    found += [(Subject.BILL, pk) for pk in _ids(bills)]
    fees = Entry.objects.filter(
        **mine, kind=EntryKind.FEE, component=Component.FEE, reverses_id=None
    ).order_by("-value_on", "-pk")[:31]
    found += [(Subject.FEE, pk) for pk in _ids(fees)]
    points = Point.objects.filter(**mine, reverses_id=None)
    taken_back = Point.objects.filter(**mine, reverses_id__isnull=False).values("reverses_id")
    lost = points.filter(points__lt=0).exclude(pk__in=taken_back).order_by("-on", "-pk")[:12]
    found += [(Subject.POINT, pk) for pk in _ids(lost)]
    moved = Fact.objects.filter(**mine, kind__in=TRANSACTIONS).order_by("-value_on", "-pk")[:20]
    found += [(Subject.TRANSACTION, pk) for pk in _ids(moved)]
    words = titles([_Key(kind, pk) for kind, pk in found])
    return [(kind, pk, words[(kind, pk)]) for kind, pk in found]


@dataclass(frozen=True)
class _Key:
    subject_kind: str
    subject_id: int | None


_SAYS_WHY = ("extend",)


def _ids(rows: object) -> list[int]:
    return [row.pk for row in rows]  # type: ignore[attr-defined]


def _title(appeal: Appeal, words: dict[tuple[str, int], str]) -> str:
    if appeal.subject_id is None:
        return str(appeal.get_kind_display())
    return words[(appeal.subject_kind, appeal.subject_id)]


def _until(appeal: Appeal, second: Appeal | None) -> datetime.date | None:
    """Until when a second review may be asked for; None where there is none to ask for."""
    if appeal.state != State.DECIDED or appeal.result == Result.GRANTED:
        return None
    if second is not None or appeal.second_review_of_id is not None:
        return None
    return review_until(appeal)


def _may(appeal: Appeal, until: datetime.date | None, today: datetime.date) -> frozenset[str]:
    """What the customer may do now: moves of the table, `message`, `evidence`, `reopen`."""
    may = {
        name
        for name, move in MOVES.items()
        if appeal.state in move.before and Who.CUSTOMER in move.who
    }
    if appeal.state not in ENDED:
        may |= {"message", "evidence"}
    if until is not None and legal.left(until, today) >= 0:
        may.add("reopen")
    return frozenset(may)
