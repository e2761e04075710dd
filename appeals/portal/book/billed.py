"""Bills and what moved on them."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Customer
from billing.choices import Component, EntryKind, Product
from billing.models import NEVER, Bill, Charge, CreditLine, Entry, OpenBill, WriteOff
from risk.models import Episode, EpisodeBill

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class BillView:
    """A bill as its customer sees it."""

    bill: Bill
    open: OpenBill | None
    product: str
    on: datetime.date
    written_off: WriteOff | None = None

    @property
    def issued(self) -> Decimal:
        issued: Decimal = self.bill.principal + self.bill.interest
        return issued

    @property
    def owed(self) -> Decimal:
        return self.open.principal + self.open.interest + self.open.fee if self.open else ZERO

    @property
    def days(self) -> int:
        overdue = self.open is not None and self.open.overdue_on is not None
        return max((self.on - self.bill.due_on).days, 0) if overdue else 0

    @property
    def in_plan(self) -> bool:
        return self.open is not None and self.open.plan_id is not None

    @property
    def state(self) -> str:
        if self.open is None:
            return "paid"
        if self.written_off is not None:
            return "written_off"
        if self.in_plan:
            return "in_plan"
        return "overdue" if self.open.overdue_on else "open"

    @property
    def state_words(self) -> str:
        return {
            "paid": _("Paid"),
            "written_off": _("Written off, still owed"),
            "in_plan": _("In a repayment plan"),
            "overdue": _("Overdue"),
            "open": _("Open"),
        }[self.state]

    @property
    def tone(self) -> str:
        tones = {"paid": "good", "overdue": "bad", "written_off": "bad", "in_plan": "warn"}
        return tones.get(self.state, "")


def bills(customer: Customer) -> QuerySet[Bill]:
    """Newest first."""
    return Bill.objects.filter(customer=customer, issued_on__gt=NEVER).order_by("-issued_on", "-pk")


def see_bills(customer: Customer, rows: Sequence[Bill], on: datetime.date) -> list[BillView]:
    owed = {row.bill_id: row for row in OpenBill.objects.filter(customer=customer)}
    written_off = {row.bill_id: row for row in WriteOff.objects.filter(customer=customer)}
    names = line_names(customer)
    return [
        BillView(bill, owed.get(bill.pk), names[bill.line_id], on, written_off.get(bill.pk))
        for bill in rows
    ]


def line_names(customer: Customer) -> dict[int, str]:
    lines = CreditLine.objects.filter(customer=customer)
    return {line.pk: str(Product(line.product).label) for line in lines}


@dataclass(frozen=True)
class Movement:
    """Entries of one kind beside each other, such as the late fees of ten days, in one row;
    `fees` are those days, each of which may be objected to."""

    kind: str
    component: str
    amount: Decimal
    entries: int
    first: datetime.date
    last: datetime.date
    by_customer: bool
    fees: tuple[Entry, ...] = ()


def movements(customer: Customer, bill: Bill) -> list[Movement]:
    """What moved on a bill, oldest first; what was taken back is left out with its reversal."""
    rows = list(entries(customer).filter(bill=bill, value_on__gte=bill.issued_on))
    undone = {row.reverses_id for row in rows if row.reverses_id}
    found: list[Movement] = []
    for row in sorted(rows, key=lambda row: (row.for_on, row.pk)):
        if row.reverses_id is None and row.pk not in undone:
            _add(found, row)
    return found


def entries(customer: Customer) -> QuerySet[Entry]:
    """What moved for the customer; what moved on the lender's books alone is left out."""
    return Entry.objects.filter(customer=customer).exclude(component=Component.BOOKS)


def _add(found: list[Movement], row: Entry) -> None:
    last = found[-1] if found else None
    fee = row.kind == EntryKind.FEE and row.component == Component.FEE
    kind = str(EntryKind(row.kind).label)
    # "Late fee, fee" would say it twice.
    component = kind if fee else str(Component(row.component).label)
    one = Movement(
        kind,
        component,
        row.amount,
        1,
        row.for_on,
        row.for_on,
        row.kind == EntryKind.REPAID,
        (row,) if fee else (),
    )
    if last and row.kind == EntryKind.FEE and (last.kind, last.component) == (kind, component):
        found[-1] = Movement(
            kind,
            component,
            last.amount + row.amount,
            last.entries + 1,
            last.first,
            row.for_on,
            False,
            last.fees + one.fees,
        )
    else:
        found.append(one)


def episode_of(customer: Customer, bill: Bill) -> Episode | None:
    """The episode that a bill is part of; the last one, where it was overdue twice."""
    joined = EpisodeBill.objects.filter(customer=customer, bill=bill, episode__reversed_on=None)
    row = joined.select_related("episode").order_by("-episode__opened_on", "-pk").first()
    return row.episode if row else None


def charges(customer: Customer, bill: Bill) -> list[Charge]:
    """The purchases of a statement, or the instalment of a loan, that made a bill."""
    return list(
        Charge.objects.filter(customer=customer, bill=bill).order_by("value_on", "pk")[:200]
    )
