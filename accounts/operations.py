"""Acts on customers."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import crypto
from accounts.acts import Refused
from accounts.marks import MarkKind
from accounts.models import Customer, Disclosure, Mark, User
from accounts.traces import Identity, RevealReason


class CustomerNumberTaken(Exception):
    """Another customer has this number."""


class MarkRefused(Refused):
    """The mark cannot be set or ended; the message says why."""


@transaction.atomic
def open_customer(
    *,
    number: str,
    name: str,
    opened_on: datetime.date,
    phone: str = "",
    id_number: str = "",
    language: str = "zh-hans",
) -> Customer:
    """Create a customer whose first day is `opened_on` (business date)."""
    if Customer.objects.filter(number=number).exists():
        raise CustomerNumberTaken(number)
    return Customer.objects.create(
        number=number,
        name=name,
        opened_on=opened_on,
        phone=phone or None,
        phone_index=crypto.blind_index(phone) if phone else "",
        id_number=id_number or None,
        id_number_index=crypto.blind_index(id_number) if id_number else "",
        language=language,
    )


def lock(customer_id: int) -> None:
    """Take the customer's row first: every act on one customer waits here for the other."""
    Customer.objects.select_for_update(no_key=True).only("pk").get(pk=customer_id)


def reveal(*, customer_id: int, field: str, by: User, reason: str, words: str) -> str:
    """A customer's phone or ID number in clear, once it is recorded who asked and why.

    Durable: the record is committed before the value is so much as decrypted, and no transaction
    around it can take it back.
    """
    asked = Identity(field)
    with transaction.atomic(durable=True):
        Disclosure.objects.create(
            customer_id=customer_id, by=by, field=asked, reason=RevealReason(reason), words=words
        )
    value = Customer.objects.values_list(asked.value, flat=True).get(pk=customer_id)
    return str(value or "")


@transaction.atomic
def set_mark(
    *,
    customer: Customer,
    kind: str,
    from_on: datetime.date,
    until_on: datetime.date | None = None,
    by: User | None,
    reason: str,
    at: datetime.datetime,
) -> Mark:
    """Mark a customer from a business date on, until the day before `until_on`.

    The mark alone: what it holds back is in `risk.marks`. Raises MarkRefused for a mark of this
    kind that stands at some day of the same time, an end before the start, or no reason.
    """
    lock(customer.pk)
    if not reason.strip():
        raise MarkRefused(_("a mark needs a reason"))
    if until_on is not None and until_on <= from_on:
        raise MarkRefused(
            _("it would end on %(end)s, before it begins on %(start)s")
            % {"end": until_on, "start": from_on}
        )
    rows = Mark.objects.filter(customer=customer, kind=MarkKind(kind))
    if any(_meet(row, from_on, until_on) for row in rows):
        raise MarkRefused(
            _("%(customer)s is marked already: %(kind)s")
            % {"customer": customer.number, "kind": MarkKind(kind).label}
        )
    return Mark.objects.create(
        customer=customer, kind=kind, from_on=from_on, until_on=until_on, set_by=by, set_at=at,
        reason=reason,
    )  # fmt: skip


@transaction.atomic
def end_mark(
    *, mark: Mark, on: datetime.date, by: User | None, reason: str, at: datetime.datetime
) -> Mark:
    """End a mark: `on` is the first day without it; its first day itself, if it never held.

    Raises MarkRefused if it ended already, before that day, or without a reason.
    """
    lock(mark.customer_id)
    mark = Mark.objects.select_for_update(of=("self",)).get(pk=mark.pk)
    if not reason.strip():
        raise MarkRefused(_("the end of a mark needs a reason"))
    if mark.ended_at is not None or (mark.until_on is not None and mark.until_on <= on):
        raise MarkRefused(_("this mark has ended already"))
    mark.until_on = max(on, mark.from_on)
    mark.ended_by, mark.ended_at, mark.ended_reason = by, at, reason
    mark.save(update_fields=["until_on", "ended_by", "ended_at", "ended_reason"])
    return mark


def _meet(mark: Mark, from_on: datetime.date, until_on: datetime.date | None) -> bool:
    """Whether a mark stands on some day from `from_on` until the day before `until_on`."""
    before_its_end = mark.until_on is None or from_on < mark.until_on
    return before_its_end and (until_on is None or mark.from_on < until_on)
