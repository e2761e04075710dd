"""The customer's page: everything that staff need to answer "why?", in a constant number of
queries. Further sections are further functions here and templates beside the others."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.functional import Promise

from accounts.models import Customer
from billing.choices import Component, EntryKind, Product
from billing.models import Bill, OpenBill, Plan, PlanInstalment, Quarantine
from risk import timeline
from risk.choices import Cause, Severity, Status
from risk.desk.chart import Chart, score_chart
from risk.desk.standing import TONES
from risk.explain import Explanation, explain
from risk.explain.outlook import ends_on, history
from risk.explain.record import Record, business_day
from risk.models import Point

MOST_BILLS = 24
MOST_POINTS = 60
MOST_ENDED = 30

_MOVEMENTS = """
select e.bill_id, e.kind, e.component, sum(e.amount), count(*), min(e.for_on), max(e.for_on)
from billing_entry e
where e.customer_id = %(customer)s and e.value_on >= %(since)s
  and e.bill_id = any(%(bills)s::bigint[])
group by e.bill_id, e.kind, e.component
having sum(e.amount) <> 0
order by min(e.for_on), min(e.id)
"""


@dataclass(frozen=True)
class Movement:
    """The entries of one kind on a bill, in one row."""

    kind: str | Promise
    component: str | Promise
    amount: Decimal
    entries: int
    first: datetime.date
    last: datetime.date


@dataclass(frozen=True)
class BillRow:
    """A bill with what is left of it and what moved on it."""

    bill: Bill
    open: OpenBill | None
    product: str | Promise
    movements: Sequence[Movement]
    on: datetime.date

    @property
    def owed(self) -> Decimal:
        if self.open is None:
            return Decimal("0.00")
        owed: Decimal = self.open.principal + self.open.interest + self.open.fee
        return owed

    @property
    def overdue(self) -> bool:
        return self.open is not None and self.open.overdue_on is not None

    @property
    def dpd(self) -> int:
        return (self.on - self.bill.due_on).days if self.overdue else 0

    @property
    def in_plan(self) -> bool:
        return self.open is not None and self.open.plan_id is not None


@dataclass(frozen=True)
class PointRow:
    """A row of the score ledger, with the score of its day and where it leads."""

    point: Point
    words: str
    score: int | None
    ends_on: datetime.date | None
    in_force: bool
    struck: bool
    model: str
    evidence: int


@dataclass(frozen=True)
class LineCard:
    """A line as the head of the page shows it."""

    row: dict[str, Any]
    product: str | Promise
    status: Status
    severity: Severity
    free_on: datetime.date | None

    @property
    def tone(self) -> str:
        return TONES[self.status]

    @property
    def severity_tone(self) -> str:
        return TONES[self.severity]

    @property
    def used_share(self) -> int:
        """How much of the assigned limit is used, in whole percent up to 100."""
        limit = self.row["assigned_limit"]
        return min(int(100 * self.row["used"] / limit), 100) if limit else 0

    @property
    def open_share(self) -> int:
        """How much of the assigned limit may be used, in whole percent."""
        limit = self.row["assigned_limit"]
        return int(100 * self.row["effective_limit"] / limit) if limit else 0


@dataclass(frozen=True)
class CustomerPage:
    """What the template shows."""

    customer: Customer
    on: datetime.date
    explanation: Explanation
    lines: list[LineCard]
    open_bills: list[BillRow]
    bills: list[BillRow]
    points: list[PointRow]
    chart: Chart | None
    plans: list[tuple[Plan, list[PlanInstalment]]]
    timeline: timeline.Page
    quarantine: Quarantine | None
    opened: bool

    @property
    def record(self) -> Record:
        return self.explanation.record

    @property
    def ended(self) -> list[Any]:
        return self.explanation.ended[:MOST_ENDED]


def build(
    customer: Customer, *, part: str = "", before: timeline.Mark | None = None
) -> CustomerPage:
    """Read everything about a customer as of their last open day."""
    opened = business_day(customer.pk)
    on = opened or customer.opened_on
    explanation = explain(customer.pk, on)
    record = explanation.record
    bills = _bills(customer.pk, record)
    scores = history(record)
    return CustomerPage(
        customer=customer,
        on=on,
        explanation=explanation,
        lines=line_cards(explanation),
        open_bills=[row for row in bills if row.open],
        bills=[row for row in bills if not row.open][:MOST_BILLS],
        points=_points(record, dict(scores)),
        chart=score_chart(scores, record.policy.score if record.policy else None, on),
        plans=_plans(customer.pk, record),
        timeline=timeline.page(customer.pk, on=on, part=part, before=before),
        quarantine=Quarantine.objects.filter(customer=customer, released_at=None).first(),
        opened=opened is not None,
    )


def line_cards(explanation: Explanation) -> list[LineCard]:
    """The customer's lines in the order of the products."""
    order = list(Product)
    rows = explanation.record.lines.values()
    return [
        _card(explanation, row)
        for row in sorted(rows, key=lambda row: order.index(Product(row["product"])))
    ]


def _card(explanation: Explanation, row: dict[str, Any]) -> LineCard:
    return LineCard(
        row=row,
        product=Product(row["product"]).label,
        status=Status(row["status"]),
        severity=Severity(row["severity"]),
        free_on=explanation.free_on(row["id"]),
    )


def _bills(customer_id: int, record: Record) -> list[BillRow]:
    """The open bills, oldest due first, then the last settled ones, newest first."""
    owed = {row.bill_id: row for row in record.owed}
    recent = Bill.objects.filter(customer_id=customer_id).order_by("-issued_on", "-pk")
    recent = recent[: MOST_BILLS + len(owed)]
    bills = [row.bill for row in record.owed]
    bills += [bill for bill in recent if bill.pk not in owed]
    movements = _movements(customer_id, bills)
    return [
        BillRow(
            bill=bill,
            open=owed.get(bill.pk),
            product=Product(record.lines[bill.line_id]["product"]).label,
            movements=movements[bill.pk],
            on=record.on,
        )
        for bill in bills
    ]


def _movements(customer_id: int, bills: Sequence[Bill]) -> dict[int, list[Movement]]:
    since = min((bill.issued_on for bill in bills), default=datetime.date.max)
    found: dict[int, list[Movement]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVEMENTS,
            {"customer": customer_id, "since": since, "bills": [bill.pk for bill in bills]},
        )
        for bill_id, kind, component, *figures in cursor.fetchall():
            found[bill_id].append(
                Movement(EntryKind(kind).label, Component(component).label, *figures)
            )
    return found


def _points(record: Record, scores: dict[datetime.date, int]) -> list[PointRow]:
    undone = {p.reverses_id for p in record.points if p.reverses_id}
    rows = [p for p in record.points if p.reverses_id is None]
    return [_point(record, p, scores, p.pk in undone) for p in rows[: -MOST_POINTS - 1 : -1]]


def _point(
    record: Record, point: Point, scores: dict[datetime.date, int], struck: bool
) -> PointRow:
    ends = ends_on(record, point)
    return PointRow(
        point=point,
        words=timeline.cause_words(point.cause, point.threshold),
        score=None if struck else scores.get(point.on),
        ends_on=ends,
        in_force=not struck and (ends is None or record.on < ends),
        struck=struck,
        model=_EVIDENCE[Cause(point.cause)],
        evidence=point.evidence_id,
    )


_EVIDENCE = {
    Cause.PAST_DUE: "risk.episode",
    Cause.REPEAT: "risk.episode",
    Cause.CURED: "risk.episode",
    Cause.CLEAN: "risk.episode",
    Cause.PAID_ON_TIME: "billing.bill",
    Cause.HIGH_UTILISATION: "billing.creditline",
    Cause.TENURE: "accounts.customer",
    Cause.INCOME_VERIFIED: "risk.decision",
    Cause.PLAN_KEPT: "billing.plan",
    Cause.PLAN_BROKEN: "billing.plan",
    Cause.PLAN_ENDED: "billing.plan",
}


def _plans(customer_id: int, record: Record) -> list[tuple[Plan, list[PlanInstalment]]]:
    parts: dict[int, list[PlanInstalment]] = defaultdict(list)
    rows: Iterable[PlanInstalment] = PlanInstalment.objects.filter(
        fact__customer_id=customer_id
    ).order_by("due_on", "pk")
    for row in rows:
        parts[row.fact_id].append(row)
    return [(plan, parts[plan.pk]) for plan in record.plans.values()]
