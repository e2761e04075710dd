"""What a forecast supposes. A step becomes a fact in the shadow of the customer's facts."""

import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.choices import FactKind
from billing.models import CreditLine, Fact, PlanInstalment
from billing.terms import amount as exact_amount


@dataclass(frozen=True)
class Repay:
    """A repayment of `amount` (major unit) to the line of a product on a business date."""

    product: str
    amount: Decimal
    on: datetime.date

    def book(self, lines: Mapping[str, CreditLine]) -> Fact:
        return _fact(lines[self.product], FactKind.REPAY, self.on, amount=exact_amount(self.amount))


@dataclass(frozen=True)
class PlanFrom:
    """A repayment plan over bills of one line from a business date on, and its instalments paid
    when they are due, unless `kept` is False."""

    product: str
    bill_numbers: tuple[str, ...]
    instalments: tuple[tuple[datetime.date, Decimal], ...]
    on: datetime.date
    kept: bool = True

    def book(self, lines: Mapping[str, CreditLine]) -> Fact:
        fact = _fact(
            lines[self.product], FactKind.PLAN, self.on, bill_numbers=list(self.bill_numbers)
        )
        PlanInstalment.objects.bulk_create(
            PlanInstalment(fact=fact, due_on=due_on, amount=exact_amount(part))
            for due_on, part in self.instalments
        )
        return fact

    def repayments(self) -> list[Repay]:
        """The instalments as they are paid."""
        if not self.kept:
            return []
        return [Repay(self.product, part, max(due, self.on)) for due, part in self.instalments]


@dataclass(frozen=True)
class Settle:
    """An early settlement of `amount` of principal of a draw, None meaning all of it."""

    product: str
    draw_number: str
    amount: Decimal | None
    on: datetime.date

    def book(self, lines: Mapping[str, CreditLine]) -> Fact:
        amount = None if self.amount is None else exact_amount(self.amount)
        line = lines[self.product]
        return _fact(line, FactKind.SETTLE, self.on, draw_number=self.draw_number, amount=amount)


Step = Repay | PlanFrom


def spelled_out(steps: Sequence[Step]) -> list[Step]:
    """The steps with the repayments that keep their plans, in the order in which they count."""
    found: list[Step] = []
    for step in steps:
        found.append(step)
        if isinstance(step, PlanFrom):
            found += step.repayments()
    return sorted(found, key=lambda step: step.on)


def _fact(line: CreditLine, kind: FactKind, on: datetime.date, **data: object) -> Fact:
    return Fact.objects.create(
        customer_id=line.customer_id,
        line=line,
        kind=kind,
        number=f"~{uuid.uuid4().hex}",
        booked_on=on,
        value_on=on,
        **data,
    )
