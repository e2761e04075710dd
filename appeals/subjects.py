"""What an appeal can be about: found for one customer, never another's."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from accounts.acts import Refused
from accounts.models import StaffAct
from appeals.choices import Subject
from billing.choices import Component, EntryKind, FactKind
from billing.models import Bill, Charge, Entry, Fact
from risk.choices import Cause, EvidenceKind
from risk.models import Decision, Episode, EpisodeBill, Point, Restriction, RestrictionEvidence


class NoSuchSubject(Refused):
    """The customer has no such thing; the same words for what is another's and what is not."""


@dataclass(frozen=True)
class Contested:
    """One thing that is contested.

    `code` is the rule behind it; `bills` what it rests on, by number; `deciders` the ids of the
    staff who decided it or approved that.
    """

    kind: str
    id: int
    line_id: int | None = None
    code: str = ""
    bills: tuple[str, ...] = ()
    deciders: frozenset[int] = field(default_factory=frozenset)


def find(customer_id: int, kind: str, id: int) -> Contested:
    """Raise NoSuchSubject unless the customer has it."""
    finder = _FINDERS.get(kind)
    found = finder(customer_id, id) if finder and 0 < id < 2**63 else None
    if found is None:
        raise NoSuchSubject(_("There is no such thing to appeal against."))
    return found


def _restriction(customer_id: int, id: int) -> Contested | None:
    row = Restriction.objects.filter(customer_id=customer_id, pk=id).first()
    if row is None:
        return None
    evidence: dict[str, set[int]] = {}
    for rest in RestrictionEvidence.objects.filter(restriction_id=row.pk):
        evidence.setdefault(rest.kind, set()).add(rest.evidence_id)
    episodes = evidence.get(EvidenceKind.EPISODE, set()) | _behind_points(
        customer_id, evidence.get(EvidenceKind.PLAN, set())
    )
    decisions = Decision.objects.filter(
        customer_id=customer_id, pk__in=evidence.get(EvidenceKind.DECISION, set())
    )
    return Contested(
        Subject.RESTRICTION,
        row.pk,
        row.line_id,
        row.code,
        _bills_of(episodes),
        _deciders(customer_id, decisions),
    )


def _episode(customer_id: int, id: int) -> Contested | None:
    row = Episode.objects.filter(customer_id=customer_id, pk=id).first()
    if row is None:
        return None
    return Contested(Subject.EPISODE, row.pk, row.line_id, row.severity, _bills_of({row.pk}))


def _fee(customer_id: int, id: int) -> Contested | None:
    row = Entry.objects.filter(
        customer_id=customer_id,
        pk=id,
        kind=EntryKind.FEE,
        component=Component.FEE,
        reverses_id=None,
    ).first()
    if row is None:
        return None
    bills = Bill.objects.filter(pk=row.bill_id or 0).values_list("number", flat=True)
    return Contested(Subject.FEE, row.pk, row.line_id, "late_fee", tuple(bills))


def _point(customer_id: int, id: int) -> Contested | None:
    row = Point.objects.filter(customer_id=customer_id, pk=id, reverses_id=None).first()
    if row is None:
        return None
    episodes = {row.evidence_id} if row.cause in _OF_EPISODES else set()
    line = Episode.objects.filter(pk__in=episodes).values_list("line_id", flat=True).first()
    return Contested(Subject.POINT, row.pk, line, row.cause, _bills_of(episodes))


def _bill(customer_id: int, id: int) -> Contested | None:
    row = Bill.objects.filter(customer_id=customer_id, pk=id).first()
    if row is None:
        return None
    booked = Fact.objects.filter(customer_id=customer_id, pk=row.pk)
    return Contested(
        Subject.BILL, row.pk, row.line_id, row.origin, (row.number,), _deciders(customer_id, booked)
    )


def _transaction(customer_id: int, id: int) -> Contested | None:
    row = Fact.objects.filter(customer_id=customer_id, pk=id, kind__in=TRANSACTIONS).first()
    if row is None:
        return None
    billed = Charge.objects.filter(fact_id=row.pk, bill__isnull=False)
    bills = tuple(billed.order_by("bill_id").values_list("bill__number", flat=True).distinct())
    return Contested(
        Subject.TRANSACTION,
        row.pk,
        row.line_id,
        row.kind,
        bills,
        _deciders(customer_id, [row]),
    )


_FINDERS: Mapping[str, Callable[[int, int], Contested | None]] = {
    Subject.RESTRICTION: _restriction,
    Subject.EPISODE: _episode,
    Subject.FEE: _fee,
    Subject.POINT: _point,
    Subject.BILL: _bill,
    Subject.TRANSACTION: _transaction,
}
_OF_EPISODES = (Cause.PAST_DUE, Cause.REPEAT, Cause.CURED, Cause.CLEAN)
TRANSACTIONS = (
    FactKind.PURCHASE,
    FactKind.DRAW,
    FactKind.REPAY,
    FactKind.REVERSE,
    FactKind.REFUND,
)


def _behind_points(customer_id: int, points: Iterable[int]) -> set[int]:
    rows = Point.objects.filter(customer_id=customer_id, pk__in=points, cause__in=_OF_EPISODES)
    return set(rows.values_list("evidence_id", flat=True))


def _bills_of(episodes: Iterable[int]) -> tuple[str, ...]:
    rows = EpisodeBill.objects.filter(episode_id__in=episodes).order_by("bill__due_on", "bill_id")
    return tuple(dict.fromkeys(rows.values_list("bill__number", flat=True)))


def _deciders(customer_id: int, rows: Iterable[Decision | Fact]) -> frozenset[int]:
    """Who booked these, and who approved it on that day."""
    booked = [(row.booked_by_id, row.booked_on) for row in rows if row.booked_by_id]
    approvers = {
        act.approved_by_id
        for by, on in booked
        for act in StaffAct.objects.filter(
            customer_id=customer_id, done_by_id=by, done_on=on, approved_by__isnull=False
        )
    }
    return frozenset({by for by, _on in booked if by} | {pk for pk in approvers if pk})
