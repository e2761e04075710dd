"""The customer's bills with what moved on them, and what of that was taken back."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.desk.formats import words_date
from billing.choices import Component, EntryKind, Product
from billing.models import NEVER, Bill, OpenBill, WriteOff
from risk.explain.record import Record

MOST_BILLS = 24

_MOVEMENTS = """
with moved as (
    select e.*, v.id is not null as undone, v.booked_on as undone_on
    from billing_entry e left join billing_entry v on v.reverses_id = e.id
    where e.customer_id = %(customer)s and e.value_on >= %(since)s and e.reverses_id is null
      and e.bill_id = any(%(bills)s::bigint[])
)
select bill_id, kind, component, sum(amount), count(*), min(for_on), max(for_on), undone,
       max(undone_on)
from moved
group by bill_id, kind, component, undone, undone_on
having sum(amount) <> 0
order by min(for_on), min(id)
"""


@dataclass(frozen=True)
class Movement:
    """The entries of one kind on a bill, in one row; `struck` says why they count no more."""

    kind: str | Promise
    component: str | Promise
    amount: Decimal
    entries: int
    first: datetime.date
    last: datetime.date
    struck: str = ""


@dataclass(frozen=True)
class BillRow:
    """A bill with what is left of it and what moved on it."""

    bill: Bill
    open: OpenBill | None
    product: str | Promise
    movements: Sequence[Movement]
    on: datetime.date
    written_off: WriteOff | None = None

    @property
    def owed(self) -> Decimal:
        if self.open is None:
            return Decimal("0.00")
        owed: Decimal = self.open.principal + self.open.interest + self.open.fee
        return owed

    @property
    def overdue(self) -> bool:
        return self.open is not None and self.open.overdue_on is not None

    @property
    def dpd(self) -> int:
        return (self.on - self.bill.due_on).days if self.overdue else 0

    @property
    def in_plan(self) -> bool:
        return self.open is not None and self.open.plan_id is not None


def bill_rows(customer_id: int, record: Record) -> list[BillRow]:
    """The open bills, oldest due first, then the last settled ones, newest first."""
    owed = {row.bill_id: row for row in record.owed}
    recent = Bill.objects.filter(customer_id=customer_id, issued_on__gt=NEVER).order_by(
        "-issued_on", "-pk"
    )
    recent = recent[: MOST_BILLS + len(owed)]
    bills = [row.bill for row in record.owed]
    bills += [bill for bill in recent if bill.pk not in owed]
    movements = _movements(customer_id, bills)
    written_off = {row.bill_id: row for row in WriteOff.objects.filter(customer_id=customer_id)}
    return [
        BillRow(
            bill=bill,
            open=owed.get(bill.pk),
            product=Product(record.lines[bill.line_id]["product"]).label,
            movements=movements[bill.pk],
            on=record.on,
            written_off=written_off.get(bill.pk),
        )
        for bill in bills
    ]


def _movements(customer_id: int, bills: Sequence[Bill]) -> dict[int, list[Movement]]:
    since = min((bill.issued_on for bill in bills), default=datetime.date.max)
    found: dict[int, list[Movement]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVEMENTS,
            {"customer": customer_id, "since": since, "bills": [bill.pk for bill in bills]},
        )
        for bill_id, kind, component, amount, n, first, last, undone, at in cursor.fetchall():
            struck = ""
            if undone:
                struck = _("Taken back on %(day)s by a correction.") % {"day": words_date(at)}
            kinds = EntryKind(kind).label, Component(component).label
            found[bill_id].append(Movement(*kinds, amount, n, first, last, struck))
    return found
