"""How a customer stands, and what is due."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from accounts.models import Customer
from appeals.portal.book.paid import Part, plan_parts
from billing.choices import PlanStatus, Product
from billing.models import OpenBill, Plan
from risk.desk.page import LineCard, line_cards
from risk.explain import Explanation, Reason, explain
from risk.explain.record import Record, business_day
from risk.models import Episode

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
        """Those that something can be done about today: not what a kept plan covers, also on the
        day of the plan itself, whose opening did not know of it yet."""
        return [
            e for e in self.record.open_episodes() if e.frozen_dpd is None and not self._covered(e)
        ]

    def _covered(self, episode: Episode) -> bool:
        bills = {bill.pk for bill in self.record.bills.get(episode.pk, ())}
        owed = [row for row in self.record.owed if row.bill_id in bills]
        return bool(owed) and all(row.plan_id is not None for row in owed)

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
