"""Acts and questions about promises to pay; what becomes of them is `billing/engine/promises.py`.

A promise changes nothing of what is owed and holds nothing back. Of one line one promise is open
at a time, with one or more dated parts: a new one takes the place of what is undecided.
"""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from accounts import operations as accounts_operations
from accounts.models import User
from billing.choices import PromiseEndKind, PromiseStatus
from billing.engine import promises as engine
from billing.models import (
    CreditLine,
    Fact,
    ProductTerms,
    PromiseEnd,
    PromiseState,
    PromiseToPay,
)
from billing.operations import FactRefused
from billing.terms import PromiseTerms, amount, load_terms

#: A promise has at most so many dated parts, and reaches at most so far ahead.
MOST_PARTS = 12
MOST_DAYS = 183

Parts = Sequence[tuple[datetime.date, Decimal]]


class PromiseRefused(FactRefused):
    """The promise cannot be recorded or taken back; the message says why."""


@transaction.atomic
def record_promise(
    *,
    line: CreditLine,
    parts: Parts,
    on: datetime.date,
    number: str,
    by: User | None = None,
    reason: str = "",
) -> list[PromiseToPay]:
    """A customer promises amounts by dates on a line; what was promised before and is undecided
    is superseded. `on` is the business date of the promise.

    Raises PromiseRefused for no parts or too many, an amount of nothing, a date that is past,
    too far ahead or named twice, a number that is taken.
    """
    accounts_operations.lock(line.customer_id)
    terms = promise_terms(line.product, on)
    rows = [(due, _amount(part)) for due, part in sorted(parts)]
    _check(rows, on)
    if PromiseToPay.objects.filter(number=number).exists():
        raise PromiseRefused(_("%(number)s is booked already") % {"number": number})
    for older in _undecided(line):
        _end(line, older, PromiseEndKind.SUPERSEDED, on, by, reason, new_number=number)
    last = _last_fact(line)
    made = PromiseToPay.objects.bulk_create(
        PromiseToPay(
            customer_id=line.customer_id, line=line, number=number, n=n, amount=part, due_on=due,
            last_on=due + datetime.timedelta(days=terms.grace_days), threshold=terms.threshold,
            tolerance=min(terms.tolerance, part), made_on=on, after_fact=last, booked_by=by,
            reason=reason,
        )
        for n, (due, part) in enumerate(rows, start=1)
    )  # fmt: skip
    PromiseState.objects.bulk_create(
        PromiseState(
            promise=promise, customer_id=line.customer_id, line=line, last_on=promise.last_on,
            status=PromiseStatus.OPEN,
        )
        for promise in made
    )  # fmt: skip
    return made


@transaction.atomic
def withdraw_promise(
    *, line: CreditLine, number: str, on: datetime.date, by: User | None = None, reason: str = ""
) -> PromiseEnd:
    """The customer, or staff, takes back what of a promise is undecided. Raises PromiseRefused if
    nothing is."""
    accounts_operations.lock(line.customer_id)
    if number not in _undecided(line):
        raise PromiseRefused(_("nothing of %(number)s is open") % {"number": number})
    return _end(line, number, PromiseEndKind.WITHDRAWN, on, by, reason)


def promise_terms(product: str, on: datetime.date) -> PromiseTerms:
    """The figures of a product's terms in force on a day; the usual ones before the first."""
    row = (
        ProductTerms.objects.filter(product=product, effective_from__lte=on)
        .order_by("-effective_from")
        .first()
    )
    return PromiseTerms() if row is None else load_terms(product, row.document).promise


def of_customer(customer_id: int, most: int = 50) -> "QuerySet[PromiseToPay]":
    """A customer's promises with how they stand, newest first, the parts of one by date."""
    return (
        PromiseToPay.objects.filter(customer_id=customer_id)
        .select_related("state", "line", "booked_by")
        .order_by("-made_on", "number", "n")[:most]
    )


def broken_since(on: datetime.date, most: int = 500) -> "QuerySet[PromiseState]":
    """What was broken, or kept in part only, since a business date: the work list's rows."""
    return (
        PromiseState.objects.filter(
            status__in=(PromiseStatus.BROKEN, PromiseStatus.PARTLY_KEPT), decided_on__gte=on
        )
        .select_related("promise", "customer", "line")
        .order_by("decided_on", "promise_id")[:most]
    )


def _check(rows: Parts, on: datetime.date) -> None:
    if not 1 <= len(rows) <= MOST_PARTS:
        raise PromiseRefused(
            _("%(n)s parts: 1 to %(most)s are possible") % {"n": len(rows), "most": MOST_PARTS}
        )
    last = on + datetime.timedelta(days=MOST_DAYS)
    for due, part in rows:
        if part <= 0:
            raise PromiseRefused(_("a promise of nothing by %(due)s") % {"due": due})
        if not on <= due <= last:
            raise PromiseRefused(
                _("%(due)s is not between %(on)s and %(last)s")
                % {"due": due, "on": on, "last": last}
            )
    if len({due for due, _part in rows}) < len(rows):
        raise PromiseRefused(_("a date is named twice"))


def _undecided(line: CreditLine) -> list[str]:
    """The numbers of the promises on a line of which something is open."""
    rows = PromiseState.objects.filter(line=line, status=PromiseStatus.OPEN)
    return sorted(set(rows.values_list("promise__number", flat=True)))


def _end(
    line: CreditLine,
    number: str,
    kind: PromiseEndKind,
    on: datetime.date,
    by: User | None,
    reason: str,
    new_number: str = "",
) -> PromiseEnd:
    end = PromiseEnd.objects.create(
        customer_id=line.customer_id, number=number, kind=kind, on=on, after_fact=_last_fact(line),
        new_number=new_number, booked_by=by, reason=reason,
    )  # fmt: skip
    engine.follow(line.customer_id, line.pk, on)
    return end


def _last_fact(line: CreditLine) -> int:
    """The last fact of the customer that is booked: what is booked from now on has a higher id,
    for the customer's row is locked."""
    facts = Fact.objects.filter(customer_id=line.customer_id)
    return facts.aggregate(last=Max("pk"))["last"] or 0


def _amount(value: Decimal) -> Decimal:
    try:
        return amount(value)
    except ValueError as error:
        raise PromiseRefused(f"{value}: {error}") from error
