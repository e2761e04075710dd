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
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts import forbidding
from accounts import operations as accounts_operations
from accounts.acts import Refused
from accounts.forbidding import Deed
from accounts.models import Customer, User
from billing.choices import FactKind, Held, Outcome, Product
from billing.engine import promises
from billing.engine.steps import in_month
from billing.models import Bill, CreditLine, Fact, LineState, OpenBill, PlanInstalment
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
    """A loan drawn on a cash-loan line, repaid in `instalments` months.

    Raises MarkForbids if a court had frozen the customer on its value date.
    """
    _require_product(line, Product.CASH_LOAN)
    forbidding.require(Deed.MONEY_OUT, customer_id=line.customer_id, on=value_on or on)
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
    """A refund on a bill: reduces its principal, the rest is allocated like a repayment.

    Raises MarkForbids while a court has frozen the customer.
    """
    forbidding.require(Deed.MONEY_OUT, customer_id=line.customer_id, on=on)
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
    plan_number: str | None = None,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """Waive fees outstanding on a bill; `amount` None means all of them.

    With `plan_number` on condition of that plan, which may follow in the same transaction: what
    was waived is owed again when the plan breaks or is replaced, and is gone for good once it is
    completed. On one that was broken or replaced before, it waives nothing. Refused if the plan is
    another customer's.
    """
    if plan_number:
        _require_plan(line, plan_number)
    return _book(
        FactKind.WAIVE,
        line,
        on,
        value_on,
        by,
        bill_number=bill_number,
        amount=None if amount is None else _amount(amount),
        plan_number=plan_number or None,
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
    """Change the assigned limit of a line.

    Raises MarkForbids for a rise while the customer is marked deceased or frozen by a court.
    """
    limit = _amount(amount)
    if limit > LineState.objects.get(line=line).assigned_limit:
        forbidding.require(Deed.MORE_CREDIT, customer_id=line.customer_id, on=on)
    return _book(FactKind.LIMIT, line, on, value_on, by, amount=limit, reason=reason)


def place_hold(
    *,
    line: CreditLine,
    number: str,
    fees: bool,
    milestones: bool,
    on: datetime.date,
    interest: bool = False,
    bill_numbers: Iterable[str] | None = None,
    until_on: datetime.date | None = None,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """Let something stand still on bills of a line, `bill_numbers` None meaning all of them.

    Each day from the value date until the day before `until_on` (None: until it is released) is
    held: no late fee is dated on it (`fees`), no `past_due` points and no severity come at its
    opening and it does not count towards them (`milestones`), it bears no interest in an
    instalment that is billed while the hold stands or later (`interest`, of a cash loan only).
    Refused if nothing is held, it ends before it begins, or a bill is another line's.
    """
    flags = {Held.FEES: fees, Held.MILESTONES: milestones, Held.INTEREST: interest}
    holds = [str(held) for held, wanted in flags.items() if wanted]
    if not number or not holds:
        raise FactRefused(_("a hold needs a number and something that it holds"))
    if interest:
        _require_product(line, Product.CASH_LOAN)
    if until_on and until_on <= (value_on or on):
        raise FactRefused(
            _("the hold would end on %(until)s, before it begins") % {"until": until_on}
        )
    bills = None if bill_numbers is None else list(dict.fromkeys(bill_numbers))
    _require_bills(line, bills)
    return _book(
        FactKind.HOLD,
        line,
        on,
        value_on,
        by,
        number=number,
        holds=holds,
        bill_numbers=bills,
        until_on=until_on,
        reason=reason,
    )


def release_hold(
    *,
    line: CreditLine,
    number: str,
    on: datetime.date,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
    despite_mark: bool = False,
) -> Fact:
    """End a hold: the value date is the first day that is no longer held.

    Days that were held are not made up for. Refused if there is no such hold on the line, it is
    released already, or the value date is before it began; a hold that has ended by itself stays
    as it was. Raises MarkForbids for what a mark of death holds, unless it goes with the mark
    (`despite_mark`).
    """
    if not despite_mark:
        forbidding.require_end_of_mark(number, on=on)
    hold = Fact.objects.filter(kind=FactKind.HOLD, number=number, line=line).first()
    if hold is None:
        raise FactRefused(_("%(line)s has no hold %(number)s") % _named(line, number))
    if Fact.objects.filter(kind=FactKind.RELEASE_HOLD, number=number).exists():
        raise FactRefused(_("the hold %(number)s is released already") % {"number": number})
    if (value_on or on) < hold.value_on:
        raise FactRefused(
            _("%(on)s is before the hold began on %(first)s")
            % {"on": value_on or on, "first": hold.value_on}
        )
    return _book(FactKind.RELEASE_HOLD, line, on, value_on, by, number=number, reason=reason)


def change_due_day(
    *,
    line: CreditLine,
    day: int,
    on: datetime.date,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """Have the statements after the booking date due on a day of the month of the customer's own
    (1 to 28), never sooner than the terms say; bills that are issued keep their dates.

    Refused unless it is a pay-later line without an overdue bill whose day was not changed in the
    12 months before.
    """
    with transaction.atomic():
        accounts_operations.lock(line.customer_id)
        if OpenBill.objects.filter(line=line, overdue_on__isnull=False).exists():
            raise FactRefused(_("%(line)s is overdue") % {"line": line.number})
        changed = due_day_changed_on(line)
        if changed and on < (free_on := a_year_after(changed)):
            raise FactRefused(
                _("the due day was changed on %(day)s; it can be again from %(from)s on")
                % {"day": changed, "from": free_on}
            )
        return book_due_day(line=line, day=day, on=on, value_on=value_on, by=by, reason=reason)


def book_due_day(
    *,
    line: CreditLine,
    day: int,
    on: datetime.date,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """As `change_due_day`, of a book that decided elsewhere whether it may be."""
    _require_product(line, Product.PAY_LATER)
    if not 1 <= day <= 28:
        raise FactRefused(_("the due day is one of 1 to 28, not %(day)s") % {"day": day})
    return _book(FactKind.DUE_DAY, line, on, value_on, by, due_day=day, reason=reason)


def pay_out_credit(
    *,
    line: CreditLine,
    amount: Decimal,
    on: datetime.date,
    number: str,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """Pay a line's credit balance, or part of it, out to the customer.

    Refused for nothing and for more than the balance of now. Raises MarkForbids while a court has
    frozen the customer.
    """
    with transaction.atomic():
        accounts_operations.lock(line.customer_id)
        if _amount(amount) == 0:
            raise FactRefused(_("nothing would be paid out"))
        forbidding.require(Deed.MONEY_OUT, customer_id=line.customer_id, on=on)
        there = LineState.objects.get(line=line).credit
        if amount > there:
            raise FactRefused(
                _("%(amount)s is more than the credit balance of %(there)s")
                % {"amount": amount, "there": there}
            )
        return book_payout(line=line, amount=amount, on=on, number=number, by=by, reason=reason)


def book_payout(
    *,
    line: CreditLine,
    amount: Decimal,
    on: datetime.date,
    number: str,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """As `pay_out_credit`, of money that has left already: it lowers the credit balance by at most
    what is there on the value date."""
    return _book(
        FactKind.PAYOUT, line, on, value_on, by, number=number, amount=_amount(amount),
        reason=reason,
    )  # fmt: skip


def write_off(
    *, line: CreditLine, on: datetime.date, by: User | None = None, reason: str = ""
) -> Fact:
    """Take what is outstanding of a line's issued bills off the books: no more late fees on them,
    the customer owes it as before. Refused if nothing is outstanding that still is on the books."""
    with transaction.atomic():
        accounts_operations.lock(line.customer_id)
        if not OpenBill.objects.filter(line=line, bill__write_off=None).exists():
            raise FactRefused(_("%(line)s owes nothing that is on the books") % _named(line, ""))
        return book_write_off(line=line, on=on, by=by, reason=reason)


def book_write_off(
    *,
    line: CreditLine,
    on: datetime.date,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """As `write_off`, of a book that decided elsewhere; of nothing owed it changes nothing."""
    return _book(FactKind.WRITE_OFF, line, on, value_on, by, reason=reason)


def book_settlement(
    *,
    line: CreditLine,
    number: str,
    draw_number: str,
    amount: Decimal | None,
    on: datetime.date,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Fact:
    """Bring forward principal of a draw that is not billed yet, `amount` None meaning all of it,
    onto a bill of this number that is due on the value date. One that finds none changes nothing;
    `billing.settlement` asks first. The draw goes by its number, or else its id."""
    _require_product(line, Product.CASH_LOAN)
    return _book(
        FactKind.SETTLE,
        line,
        on,
        value_on,
        by,
        number=number,
        draw_number=draw_number,
        amount=None if amount is None else _amount(amount),
        reason=reason,
    )


def due_day_changed_on(line: CreditLine) -> datetime.date | None:
    """The last booking date of a change of the line's due day."""
    found = Fact.objects.filter(customer_id=line.customer_id, line=line, kind=FactKind.DUE_DAY)
    last: datetime.date | None = found.aggregate(last=Max("booked_on"))["last"]
    return last


def a_year_after(day: datetime.date) -> datetime.date:
    """The same day of the next year; 28 February for the 29th."""
    return in_month(day.replace(year=day.year + 1, day=1), day.day)


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
        if kind in (FactKind.BILL, FactKind.SETTLE):
            _require_new_bill(kind, str(number))
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


def _named(line: CreditLine, number: str) -> dict[str, str]:
    return {"line": line.number, "number": number}


def _require_bills(line: CreditLine, numbers: Sequence[str] | None) -> None:
    """Bills that are issued are the line's; others may come."""
    if numbers is None:
        return
    if not numbers:
        raise FactRefused(_("a hold over no bill"))
    other = Bill.objects.filter(number__in=numbers).exclude(line=line).first()
    if other is not None:
        raise FactRefused(_("%(line)s has no bill %(number)s") % _named(line, other.number))


def _require_plan(line: CreditLine, number: str) -> None:
    plan = Fact.objects.filter(number=number, kind=FactKind.PLAN).first()
    if plan is not None and plan.customer_id != line.customer_id:
        raise FactRefused(_("%(line)s has no plan %(number)s") % _named(line, number))


def _require_product(line: CreditLine, product: Product) -> None:
    if line.product != product:
        raise FactRefused(
            _("%(line)s is no %(product)s") % {"line": line.number, "product": product.label}
        )


def _require_new_bill(kind: FactKind, number: str) -> None:
    """A bill and a settlement each give a bill their number."""
    other = FactKind.SETTLE if kind == FactKind.BILL else FactKind.BILL
    taken = Fact.objects.filter(number=number, kind=other).exists()
    if kind == FactKind.SETTLE:
        taken = taken or Bill.objects.filter(number=number).exists()
    if taken:
        raise FactRefused(_("there is a bill %(number)s already") % {"number": number})
