"""A customer's own book, as pages and API read it. Each function asks a constant number of
questions, and each of them is about this customer alone."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Customer
from billing.choices import Component, EntryKind, FactKind, PlanStatus, Product
from billing.models import Bill, Charge, CreditLine, Entry, Fact, OpenBill, Plan, PlanInstalment
from risk.desk.page import LineCard, line_cards
from risk.explain import Explanation, Reason, explain
from risk.explain.outlook import ends_on, history
from risk.explain.record import Record, business_day
from risk.models import Episode
from risk.timeline import cause_words

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Due:
    """Something to pay: a bill, or an instalment of a running plan. `days` past due, 0 before."""

    line_id: int
    product: str
    number: str
    on: datetime.date
    amount: Decimal
    days: int = 0
    of_plan: bool = False


@dataclass(frozen=True)
class Standing:
    """How a customer stands on their last open day."""

    customer: Customer
    on: datetime.date
    explanation: Explanation
    lines: list[LineCard]
    dues: list[Due]

    @property
    def record(self) -> Record:
        return self.explanation.record

    @property
    def reasons(self) -> list[Reason]:
        return self.explanation.in_force

    @property
    def overdue(self) -> Decimal:
        """What lifts everything that is overdue, with the fees that are paid on the way."""
        return sum((self.record.to_cure(e) for e in self._open()), ZERO)

    def _open(self) -> list[Episode]:
        return [e for e in self.record.open_episodes() if e.frozen_dpd is None]

    def to_cure(self) -> list[tuple[int, str, Decimal]]:
        """Line, its name, and what would end its being overdue, for each line that is."""
        found = [
            (e.line_id, product(self.record, e.line_id), self.record.to_cure(e))
            for e in self._open()
        ]
        return [row for row in found if row[2] > 0]


def on(customer: Customer) -> datetime.date:
    """The customer's last open day; before the first, the day they became one."""
    return business_day(customer.pk) or customer.opened_on


def standing(customer: Customer) -> Standing:
    on = business_day(customer.pk) or customer.opened_on
    explanation = explain(customer.pk, on)
    return Standing(
        customer=customer,
        on=on,
        explanation=explanation,
        lines=line_cards(explanation),
        dues=_dues(explanation.record),
    )


def product(record: Record, line_id: int) -> str:
    return str(Product(record.lines[line_id]["product"]).label)


# -- what is due -------------------------------------------------------------------------


def _dues(record: Record) -> list[Due]:
    dues = [_bill_due(record, row) for row in record.owed if row.plan_id is None]
    kept = [plan for plan in record.plans.values() if plan.status == PlanStatus.KEPT]
    if kept:
        schedules = plan_parts(kept)
        dues += [_part_due(record, plan, p) for plan in kept for p in schedules[plan.pk] if p.left]
    return sorted(dues, key=lambda due: (due.on, due.number))


def _bill_due(record: Record, row: OpenBill) -> Due:
    days = (record.on - row.due_on).days if row.overdue_on else 0
    return Due(
        line_id=row.line_id,
        product=product(record, row.line_id),
        number=row.bill.number,
        on=row.due_on,
        amount=row.principal + row.interest + row.fee,
        days=max(days, 0),
    )


def _part_due(record: Record, plan: Plan, part: "Part") -> Due:
    return Due(
        line_id=plan.line_id,
        product=product(record, plan.line_id),
        number=plan.number,
        on=part.due_on,
        amount=part.left,
        days=max((record.on - part.due_on).days, 0),
        of_plan=True,
    )


@dataclass(frozen=True)
class Part:
    """An instalment of a plan, and what is left of it after what was counted."""

    due_on: datetime.date
    amount: Decimal
    left: Decimal

    @property
    def paid(self) -> bool:
        return self.left == 0


def plan_parts(plans: Iterable[Plan]) -> dict[int, list[Part]]:
    """The schedules of plans; what was counted towards one fills the oldest instalments first."""
    left = {plan.pk: plan.counted for plan in plans}
    parts: dict[int, list[Part]] = defaultdict(list)
    rows = PlanInstalment.objects.filter(fact_id__in=left).order_by("due_on", "pk")
    for row in rows:
        paid = min(left[row.fact_id], row.amount)
        left[row.fact_id] -= paid
        parts[row.fact_id].append(Part(row.due_on, row.amount, row.amount - paid))
    return parts


# -- bills -------------------------------------------------------------------------------


@dataclass(frozen=True)
class BillView:
    """A bill as its customer sees it."""

    bill: Bill
    open: OpenBill | None
    product: str
    on: datetime.date

    @property
    def issued(self) -> Decimal:
        issued: Decimal = self.bill.principal + self.bill.interest
        return issued

    @property
    def owed(self) -> Decimal:
        return self.open.principal + self.open.interest + self.open.fee if self.open else ZERO

    @property
    def days(self) -> int:
        overdue = self.open is not None and self.open.overdue_on is not None
        return max((self.on - self.bill.due_on).days, 0) if overdue else 0

    @property
    def in_plan(self) -> bool:
        return self.open is not None and self.open.plan_id is not None

    @property
    def state(self) -> str:
        if self.open is None:
            return "paid"
        if self.in_plan:
            return "in_plan"
        return "overdue" if self.open.overdue_on else "open"

    @property
    def state_words(self) -> str:
        return {
            "paid": _("Paid"),
            "in_plan": _("In a repayment plan"),
            "overdue": _("Overdue"),
            "open": _("Open"),
        }[self.state]

    @property
    def tone(self) -> str:
        return {"paid": "good", "overdue": "bad", "in_plan": "warn"}.get(self.state, "")


def bills(customer: Customer) -> QuerySet[Bill]:
    """Newest first."""
    return Bill.objects.filter(customer=customer).order_by("-issued_on", "-pk")


def see_bills(customer: Customer, rows: Sequence[Bill], on: datetime.date) -> list[BillView]:
    owed = {row.bill_id: row for row in OpenBill.objects.filter(customer=customer)}
    names = line_names(customer)
    return [BillView(bill, owed.get(bill.pk), names[bill.line_id], on) for bill in rows]


def line_names(customer: Customer) -> dict[int, str]:
    lines = CreditLine.objects.filter(customer=customer)
    return {line.pk: str(Product(line.product).label) for line in lines}


@dataclass(frozen=True)
class Movement:
    """Entries of one kind beside each other, such as the late fees of ten days, in one row."""

    kind: str
    component: str
    amount: Decimal
    entries: int
    first: datetime.date
    last: datetime.date
    by_customer: bool


def movements(customer: Customer, bill: Bill) -> list[Movement]:
    """What moved on a bill, oldest first; what was taken back is left out with its reversal."""
    rows = list(entries(customer).filter(bill=bill, value_on__gte=bill.issued_on))
    undone = {row.reverses_id for row in rows if row.reverses_id}
    found: list[Movement] = []
    for row in sorted(rows, key=lambda row: (row.for_on, row.pk)):
        if row.reverses_id is None and row.pk not in undone:
            _add(found, row)
    return found


def entries(customer: Customer) -> QuerySet[Entry]:
    return Entry.objects.filter(customer=customer)


def _add(found: list[Movement], row: Entry) -> None:
    last = found[-1] if found else None
    kind, component = str(EntryKind(row.kind).label), str(Component(row.component).label)
    one = Movement(
        kind, component, row.amount, 1, row.for_on, row.for_on, row.kind == EntryKind.REPAID
    )
    if last and row.kind == EntryKind.FEE and (last.kind, last.component) == (kind, component):
        found[-1] = Movement(
            kind,
            component,
            last.amount + row.amount,
            last.entries + 1,
            last.first,
            row.for_on,
            False,
        )
    else:
        found.append(one)


# -- payments, plans, score --------------------------------------------------------------


def repayments(customer: Customer) -> QuerySet[Fact]:
    """Newest first."""
    return (
        Fact.objects.filter(customer=customer, kind=FactKind.REPAY)
        .select_related("line")
        .order_by("-booked_on", "-pk")
    )


def bounced(rows: Sequence[Fact]) -> set[int]:
    """Which of these repayments were reversed."""
    found = Fact.objects.filter(reverses__in=[row.pk for row in rows])
    return {pk for pk in found.values_list("reverses_id", flat=True) if pk}


@dataclass(frozen=True)
class PlanView:
    plan: Plan
    product: str
    parts: list[Part]

    @property
    def total(self) -> Decimal:
        return sum((part.amount for part in self.parts), ZERO)


def plans(customer: Customer) -> list[PlanView]:
    found = Plan.objects.filter(customer=customer).select_related("line")
    rows = list(found.order_by("-started_on", "-pk")[:50])
    names, parts = line_names(customer), plan_parts(rows)
    return [PlanView(plan, names[plan.line_id], parts[plan.pk]) for plan in rows]


@dataclass(frozen=True)
class Move:
    """Points that count or counted: what for, and until when."""

    on: datetime.date
    words: str
    points: int
    ends_on: datetime.date | None
    in_force: bool
    score: int | None


def moves(record: Record) -> list[Move]:
    """The score ledger, newest first, without what was taken back."""
    after = dict(history(record))
    found = []
    for point in record.standing_points():
        ends = ends_on(record, point)
        found.append(
            Move(
                on=point.on,
                words=cause_words(point.cause, point.threshold),
                points=point.points,
                ends_on=ends,
                in_force=point.on <= record.on and (ends is None or record.on < ends),
                score=after.get(point.on),
            )
        )
    return found[::-1]


def charges(customer: Customer, bill: Bill) -> list[Charge]:
    """The purchases of a statement, or the instalment of a loan, that made a bill."""
    return list(
        Charge.objects.filter(customer=customer, bill=bill).order_by("value_on", "pk")[:200]
    )
