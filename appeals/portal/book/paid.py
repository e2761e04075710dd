"""Payments made, and repayment plans with what is left of each instalment."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from accounts.models import Customer
from appeals.portal.book.billed import line_names
from billing.choices import FactKind
from billing.models import Fact, Plan, PlanInstalment

ZERO = Decimal("0.00")


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
