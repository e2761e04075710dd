"""Settling a drawn loan early: what can be, what it came to, and the act with its payment.

Source: RULES, Early settlement. Amounts are in the currency's major unit; `on` is a business date.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Min, Q, Sum
from django.utils.translation import gettext as _

from accounts import operations as accounts_operations
from accounts.desk.formats import money
from accounts.models import Customer, User
from billing import operations
from billing.choices import FactKind, Product
from billing.engine import sql
from billing.engine.scope import Few
from billing.models import Charge, CreditLine, Fact
from billing.operations import FactRefused


@dataclass(frozen=True)
class Loan:
    """A draw of which something is not billed yet."""

    fact: Fact
    left: Decimal
    interest: Decimal
    instalments: int
    next_due: datetime.date

    @property
    def number(self) -> str:
        return self.fact.number or str(self.fact.pk)


@dataclass(frozen=True)
class Figures:
    """What a settlement comes to.

    `interest` is that to the day on `principal`, `given_back` that of instalments billed ahead;
    `credited` is what the credit balance paid of its bill. `other_bills` (of which `fees`) come
    before it or with it; `total` is what to pay on the day. `left_…` is not billed yet afterwards.
    """

    number: str
    principal: Decimal
    interest: Decimal
    given_back: Decimal
    left_principal: Decimal
    left_interest: Decimal
    credited: Decimal
    other_bills: Decimal
    fees: Decimal
    total: Decimal


@dataclass(frozen=True)
class Settlement:
    fact: Fact
    figures: Figures
    repayment: Fact | None


def loans(customer: Customer) -> list[Loan]:
    """The customer's draws that can be settled, oldest first."""
    rows = (
        Charge.objects.filter(customer=customer, bill=None, due_on__isnull=False)
        .values("fact_id")
        .annotate(
            left=Sum("principal"),
            interest=Sum("interest"),
            instalments=Count("pk"),
            next_due=Min("due_on"),
        )
    )
    found = {row["fact_id"]: row for row in rows if row["left"] > 0}
    facts = Fact.objects.filter(pk__in=found).select_related("line").order_by("value_on", "pk")
    return [
        Loan(
            fact,
            found[fact.pk]["left"],
            found[fact.pk]["interest"],
            found[fact.pk]["instalments"],
            found[fact.pk]["next_due"],
        )
        for fact in facts
    ]


def settle_early(
    *,
    line: CreditLine,
    draw_number: str,
    amount: Decimal | None,
    on: datetime.date,
    number: str = "",
    pay: bool = False,
    total: Decimal | None = None,
    payment_number: str = "",
    by: User | None = None,
    reason: str = "",
) -> Settlement:
    """Settle `amount` of principal of a draw, None meaning all that is not billed yet, on `on`.

    With `pay` what is to be paid that day is booked as a repayment in the same transaction;
    otherwise the bill waits for one. `total` is what was quoted. Raises FactRefused, with nothing
    booked, if there is no such draw on the line, the amount is none or more than is not billed
    yet, or the total is another now.
    """
    with transaction.atomic():
        accounts_operations.lock(line.customer_id)
        loan = loan_of(line, draw_number)
        check_amount(loan, amount)
        fact = operations.book_settlement(
            line=line,
            number=number or free_number(loan),
            draw_number=draw_number,
            amount=amount,
            on=on,
            by=by,
            reason=reason,
        )
        figures = figures_of(fact)
        if figures is None:
            raise FactRefused(
                _("nothing of %(draw)s can be settled on %(on)s") % {"draw": draw_number, "on": on}
            )
        if total is not None and total != figures.total:
            raise FactRefused(
                _("%(now)s is to be paid now, not %(total)s: ask for a new quote")
                % {"now": money(figures.total), "total": money(total)}
            )
        repayment = None
        if pay and figures.total > 0:
            repayment = operations.book_repayment(
                line=line,
                amount=figures.total,
                number=payment_number or f"{fact.number}/paid"[:80],
                on=on,
                by=by,
                reason=reason,
            )
    return Settlement(fact, figures, repayment)


def figures_of(fact: Fact) -> Figures | None:
    """What a settlement that was just booked came to; None if it found nothing."""
    row = sql.run(
        "billing", "settled", Few((fact.customer_id,)), {"facts": [fact.pk], "day": fact.value_on}
    )
    return Figures(**row) if row else None


def loan_of(line: CreditLine, draw_number: str) -> Loan:
    """Raises FactRefused if nothing of such a draw on the line is left to bill."""
    if line.product == Product.CASH_LOAN:
        for loan in loans(line.customer):
            if loan.fact.line_id == line.pk and loan.number == draw_number:
                return loan
    raise FactRefused(
        _("%(line)s has no loan %(draw)s of which anything is still to be billed")
        % {"line": line.number, "draw": draw_number}
    )


def check_amount(loan: Loan, amount: Decimal | None) -> None:
    """Raises FactRefused unless the amount is above 0 and at most what is not billed yet."""
    if amount is not None and not 0 < amount <= loan.left:
        raise FactRefused(
            _("%(amount)s: between 0.01 and %(left)s of %(draw)s can be settled")
            % {"amount": amount, "left": loan.left, "draw": loan.number}
        )


def free_number(loan: Loan) -> str:
    """`DRAW/settled`, `DRAW/settled-2` and so on: what the settlement's bill is called."""
    name = f"{loan.number[:70]}/settled"
    taken = set(
        Fact.objects.filter(Q(kind=FactKind.SETTLE) | Q(kind=FactKind.BILL))
        .filter(number__startswith=name)
        .values_list("number", flat=True)
    )
    n = 1
    while (found := name if n == 1 else f"{name}-{n}") in taken:
        n += 1
    return found
