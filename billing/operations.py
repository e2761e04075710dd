"""Acts that book facts of money. Each is one transaction with all its consequences: the fact is
stored, `fact_booked` is sent, and risk assesses the customer before the commit.

Common arguments: `on` is the booking date, `value_on` when it counts (the booking date unless
given), both business dates; `by` the member of staff (None for the system or the customer);
amounts are exact decimals in the currency's major unit. Common errors, all FactRefused: a value
date after the booking date or before the customer's first day, an amount that is negative, not
finite, finer than the cent or beyond 12 digits, a number that is taken.
"""

import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import operations as accounts_operations
from accounts.acts import Refused
from accounts.models import Customer, User
from billing.choices import FactKind, Outcome, Product
from billing.engine import promises
from billing.models import CreditLine, Fact, LineState, PlanInstalment
from billing.signals import fact_booked
from billing.terms import amount as exact_amount

Instalments = Sequence[tuple[datetime.date, Decimal]]


class FactRefused(Refused):
    """The fact cannot be booked; the message says which field, which value and why."""


@transaction.atomic
def open_line(
    *, customer: Customer, product: str, limit: Decimal, on: datetime.date, number: str = ""
) -> CreditLine:
    """Open a customer's line of a product with its assigned limit."""
    line = CreditLine.objects.create(
        customer=customer,
        product=product,
        number=number or f"{customer.number}/{product}",
        opened_on=on,
        opening_limit=_amount(limit),
    )
    LineState.objects.create(line=line, customer=customer, assigned_limit=line.opening_limit)
    return line


def book_bill(
    *,
    line: CreditLine,
    number: str,
    principal: Decimal,
    due_on: datetime.date,
    on: datetime.date,
    interest: Decimal = Decimal(0),
    value_on: datetime.date | None = None,
    by: User | None = None,
) -> Fact:
    """A bill made elsewhere. Refused if it is due before its date of issue (the value date)."""
    if due_on < (value_on or on):
        raise FactRefused(_("due %(due)s is before the bill's date") % {"due": due_on})
    return _book(
        FactKind.BILL,
        line,
        on,
        value_on,
        by,
        number=number,
        amount=_amount(principal),
        interest=_amount(interest),
        due_on=due_on,
    )


def book_purchase(
    *,
    line: CreditLine,
    amount: Decimal,
    on: datetime.date,
    number: str | None = None,
    value_on: datetime.date | None = None,
    by: User | None = None,
) -> Fact:
    """A purchase on a pay-later line; it goes on the next statement."""
    _require_product(line, Product.PAY_LATER)
    return _book(FactKind.PURCHASE, line, on, value_on, by, number=number, amount=_amount(amount))


def book_draw(
    *,
    line: CreditLine,
    amount: Decimal,
    instalments: int,
    on: datetime.date,
    number: str | None = None,
    value_on: datetime.date | None = None,
    by: User | None = None,
) -> Fact:
    """A loan drawn on a cash-loan line, repaid in `instalments` months."""
    _require_product(line, Product.CASH_LOAN)
    if not 1 <= instalments <= 360:
        raise FactRefused(_("%(n)s instalments: 1 to 360 are possible") % {"n": instalments})
    return _book(
        FactKind.DRAW,
        line,
        on,
        value_on,
        by,
        number=number,
        amount=_amount(amount),
        instalments=instalments,
    )


def book_repayment(
    *,
    line: CreditLine,
    amount: Decimal,
    on: datetime.date,
    number: str | None = None,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """A repayment to a line; allocated to the oldest due date first."""
    return _book(
        FactKind.REPAY, line, on, value_on, by, number=number, amount=_amount(amount), reason=reason
    )


def reverse_repayment(
    *, repayment: Fact, on: datetime.date, by: User | None = None, reason: str = ""
) -> Fact:
    """A repayment bounced: it counts as never made, back to its value date."""
    if repayment.kind != FactKind.REPAY:
        raise FactRefused(_("%(fact)s is no repayment") % {"fact": repayment})
    if on < repayment.booked_on:
        raise FactRefused(_("%(on)s is before the repayment was booked") % {"on": on})
    if Fact.objects.filter(reverses=repayment).exists():
        raise FactRefused(_("%(fact)s is reversed already") % {"fact": repayment})
    return _book(FactKind.REVERSE, repayment.line, on, None, by, reverses=repayment, reason=reason)


def book_refund(
    *,
    line: CreditLine,
    bill_number: str,
    amount: Decimal,
    on: datetime.date,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """A refund on a bill: reduces its principal, the rest is allocated like a repayment."""
    return _book(
        FactKind.REFUND,
        line,
        on,
        value_on,
        by,
        bill_number=bill_number,
        amount=_amount(amount),
        reason=reason,
    )


def file_dispute(
    *,
    line: CreditLine,
    bill_number: str,
    amount: Decimal,
    on: datetime.date,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """A dispute of an amount of a bill's principal; one a bill."""
    return _book(
        FactKind.DISPUTE,
        line,
        on,
        value_on,
        by,
        bill_number=bill_number,
        amount=_amount(amount),
        reason=reason,
    )


def decide_dispute(
    *,
    line: CreditLine,
    bill_number: str,
    outcome: str,
    on: datetime.date,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """Decide a bill's dispute for the customer or for the lender."""
    if outcome not in Outcome.values:
        raise FactRefused(_("%(outcome)s is no outcome of a dispute") % {"outcome": outcome})
    return _book(
        FactKind.RESOLVE_DISPUTE,
        line,
        on,
        None,
        by,
        bill_number=bill_number,
        outcome=outcome,
        reason=reason,
    )


def waive_fees(
    *,
    line: CreditLine,
    bill_number: str,
    amount: Decimal | None,
    on: datetime.date,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """Waive fees outstanding on a bill; `amount` None means all of them."""
    return _book(
        FactKind.WAIVE,
        line,
        on,
        value_on,
        by,
        bill_number=bill_number,
        amount=None if amount is None else _amount(amount),
        reason=reason,
    )


def agree_plan(
    *,
    line: CreditLine,
    bill_numbers: Iterable[str],
    instalments: Instalments,
    on: datetime.date,
    number: str | None = None,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """Agree a repayment plan over bills of one line; replaces a plan they are in."""
    parts = [(due_on, _amount(part)) for due_on, part in instalments]
    if not parts:
        raise FactRefused(_("a plan without instalments"))
    return _book(
        FactKind.PLAN,
        line,
        on,
        value_on,
        by,
        number=number,
        bill_numbers=list(bill_numbers),
        reason=reason,
        plan=parts,
    )


def end_plan(
    *,
    line: CreditLine,
    number: str,
    on: datetime.date,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """End a running plan early: from the next opening its bills are overdue again, with their
    original due dates. `number` is the plan's; a plan is ended once."""
    return _book(FactKind.END_PLAN, line, on, value_on, by, number=number, reason=reason)


def change_limit(
    *,
    line: CreditLine,
    amount: Decimal,
    on: datetime.date,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """Change the assigned limit of a line."""
    return _book(FactKind.LIMIT, line, on, value_on, by, amount=_amount(amount), reason=reason)


def _book(
    kind: FactKind,
    line: CreditLine,
    on: datetime.date,
    value_on: datetime.date | None,
    by: User | None,
    *,
    plan: Instalments = (),
    **data: Any,
) -> Fact:
    value_on = value_on or on
    if value_on > on:
        raise FactRefused(
            _("value date %(value)s is after the booking date %(on)s")
            % {"value": value_on, "on": on}
        )
    if value_on < line.opened_on:
        raise FactRefused(
            _("value date %(value)s is before the line's first day %(first)s")
            % {"value": value_on, "first": line.opened_on}
        )
    with transaction.atomic():
        accounts_operations.lock(line.customer_id)
        number = data.get("number")
        if number and Fact.objects.filter(number=number, kind=kind).exists():
            raise FactRefused(_("%(number)s is booked already") % {"number": number})
        fact = Fact.objects.create(
            customer_id=line.customer_id,
            line=line,
            kind=kind,
            booked_on=on,
            value_on=value_on,
            booked_by=by,
            **data,
        )
        PlanInstalment.objects.bulk_create(
            PlanInstalment(fact=fact, due_on=due_on, amount=part) for due_on, part in plan
        )
        fact_booked.send(sender=Fact, fact=fact)
        if kind in (FactKind.REPAY, FactKind.REVERSE):
            promises.follow(line.customer_id, line.pk, on)
    return fact


def _amount(value: Decimal) -> Decimal:
    try:
        return exact_amount(value)
    except ValueError as error:
        raise FactRefused(f"{value}: {error}") from error


def _require_product(line: CreditLine, product: Product) -> None:
    if line.product != product:
        raise FactRefused(
            _("%(line)s is no %(product)s") % {"line": line.number, "product": product.label}
        )
