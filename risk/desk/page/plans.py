"""Plans with their schedule: what of each instalment is paid, and what is late."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.choices import PlanStatus
from billing.models import Plan, PlanInstalment
from risk.explain.record import Record

TONES = {
    PlanStatus.KEPT: "info",
    PlanStatus.COMPLETED: "good",
    PlanStatus.BROKEN: "bad",
}


@dataclass(frozen=True)
class Part:
    """An instalment; money towards the plan goes to the earliest due first."""

    n: int
    due_on: datetime.date
    amount: Decimal
    paid: Decimal
    state: str | Promise
    tone: str


@dataclass(frozen=True)
class PlanRow:
    plan: Plan
    parts: list[Part]

    @property
    def total(self) -> Decimal:
        return sum((part.amount for part in self.parts), Decimal(0))

    @property
    def tone(self) -> str:
        return TONES.get(PlanStatus(self.plan.status), "")

    @property
    def running(self) -> bool:
        return self.plan.status == PlanStatus.KEPT


def plan_rows(customer_id: int, record: Record) -> list[PlanRow]:
    """The customer's plans, newest first, but those that a correction undid."""
    parts: dict[int, list[PlanInstalment]] = defaultdict(list)
    rows: Iterable[PlanInstalment] = PlanInstalment.objects.filter(
        fact__customer_id=customer_id
    ).order_by("due_on", "pk")
    for row in rows:
        parts[row.fact_id].append(row)
    return [
        PlanRow(plan, _parts(plan, parts[plan.pk], record.on))
        for plan in record.plans.values()
        if plan.status != PlanStatus.VOID
    ]


def _parts(plan: Plan, rows: list[PlanInstalment], on: datetime.date) -> list[Part]:
    left: Decimal = plan.counted
    found = []
    until = plan.ended_on or on
    for n, row in enumerate(rows, start=1):
        paid = min(left, row.amount)
        left -= paid
        state, tone = _state(row, paid, until, running=plan.status == PlanStatus.KEPT)
        found.append(Part(n, row.due_on, row.amount, paid, state, tone))
    return found


def _state(
    row: PlanInstalment, paid: Decimal, until: datetime.date, *, running: bool
) -> tuple[str | Promise, str]:
    if paid >= row.amount:
        return _("paid"), "good"
    if row.due_on < until:
        return (_("partly paid, late"), "bad") if paid else (_("late"), "bad")
    if not running:
        return _("not due any more"), ""
    return (_("partly paid"), "warn") if paid else (_("to come"), "")
