"""Facts and what follows from them in money, as lists that lead back to the customer."""

from functools import lru_cache
from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.desk.export import columns as files
from accounts.desk.export.columns import FileColumn
from accounts.desk.formats import money, pill, signed, words_date
from accounts.desk.links import customer_link
from accounts.desk.records import ReadOnlyAdmin
from billing.choices import PlanStatus
from billing.models import Bill, CreditLine, Dispute, Entry, Fact, Hold, OpenBill, Plan, WriteOff

MOST_ENTRIES = 400
_PLAN_TONES = {
    PlanStatus.KEPT: "info",
    PlanStatus.COMPLETED: "good",
    PlanStatus.BROKEN: "bad",
}


_LINE = FileColumn(("line__number",), lambda number: number or "")
_SUM = FileColumn(("amount",), files.money)
_BILL = FileColumn(("bill__number",), lambda number: number or "")


class BookAdmin(ReadOnlyAdmin):
    """A list whose rows belong to a customer and have an amount."""

    shows: tuple[str, ...] = ("customer", "line")
    file_columns = {"of": files.CUSTOMER, "line": _LINE, "sum": _SUM, "bill": _BILL}

    @admin.display(description=_("customer"))
    def of(self, row: Any) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=_("amount"))
    def sum(self, row: Any) -> str:
        return money(row.amount)


@admin.register(Fact)
class FactAdmin(BookAdmin):
    list_display = ("booked_on", "of", "kind", "number", "sum", "value_on", "line", "by")
    list_filter = ("kind",)
    shows = ("customer", "line", "booked_by")
    file_columns = {**BookAdmin.file_columns, "by": files.person("booked_by")}

    @admin.display(description=_("by"))
    def by(self, row: Fact) -> str:
        return "" if row.booked_by is None else row.booked_by.get_full_name() or str(row.booked_by)


@admin.register(Bill)
class BillAdmin(BookAdmin):
    """Searched by its whole number, through its unique key."""

    list_display = ("number", "of", "line", "issued_on", "due_on", "issued", "left", "state")
    list_filter = ("origin",)
    keyset = ("issued_on", "pk")
    search_fields = ("number",)
    search_help_text = _("Whole number of a bill")
    change_form_template = "admin/billing/bill/record.html"
    file_columns = {
        **BookAdmin.file_columns,
        "issued": FileColumn(
            ("principal", "interest"), lambda principal, interest: files.money(principal + interest)
        ),
        "left": FileColumn(("pk",), lambda owed, pk: _left(owed.get(pk)), looks_up=True),
        "state": FileColumn(("pk",), lambda owed, pk: _state_in_words(owed.get(pk)), looks_up=True),
    }

    def meant(self, term: str) -> Q:
        return Q(number=term)

    def look_up(self, pks: list[Any]) -> Any:
        """What each of the bills owes: sums, since when overdue, plan."""
        with connection.cursor() as cursor:
            # As one array: a file asks for some thousands at a time.
            cursor.execute(
                "select bill_id, principal, interest, fee, overdue_on, plan_id "
                "from billing_openbill where bill_id = any(%s)",
                [pks],
            )
            return {row[0]: row[1:] for row in cursor.fetchall()}

    def furnish(self, request: HttpRequest, rows: list[Any]) -> None:
        owed = OpenBill.objects.in_bulk([bill.pk for bill in rows])
        for bill in rows:
            bill.owed = owed.get(bill.pk)

    @admin.display(description=_("as issued"))
    def issued(self, row: Bill) -> str:
        return money(row.principal + row.interest)

    @admin.display(description=_("outstanding"))
    def left(self, row: Any) -> str:
        return money(row.owed.principal + row.owed.interest + row.owed.fee) if row.owed else ""

    @admin.display(description=_("state"))
    def state(self, row: Any) -> SafeString:
        owed = row.owed
        return pill(*_state(owed and (None, None, None, owed.overdue_on, owed.plan_id)))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        bill = kwargs.get("obj")
        if isinstance(bill, Bill):
            entries = Entry.objects.filter(
                customer_id=bill.customer_id, value_on__gte=bill.issued_on, bill=bill
            ).order_by("value_on", "pk")[:MOST_ENTRIES]
            context |= {
                "bill": bill,
                "owed": OpenBill.objects.filter(bill=bill).first(),
                "dispute": Dispute.objects.filter(bill=bill).first(),
                "written_off": WriteOff.objects.filter(bill=bill).first(),
                "entries": entries,
                "undone": {e.reverses_id for e in entries if e.reverses_id},
                "most": MOST_ENTRIES,
            }
        return super().render_change_form(request, context, *args, **kwargs)


def _left(owed: tuple[Any, ...] | None) -> str:
    return files.money(sum(owed[:3])) if owed else ""


def _state_in_words(owed: tuple[Any, ...] | None) -> str:
    if owed is None:
        return _settled(get_language())
    return str(_state(owed)[0])


@lru_cache(16)
def _settled(language: str | None) -> str:
    return str(_state(None)[0])


def _state(owed: tuple[Any, ...] | None) -> tuple[Any, str]:
    """What a bill's state is called, with its tone; None for one that owes nothing."""
    if owed is None:
        return _("Settled"), "good"
    if owed[3]:
        return _("Overdue"), "bad"
    return (_("In a plan"), "info") if owed[4] else (_("Open"), "")


@admin.register(Entry)
class EntryAdmin(BookAdmin):
    """By value date, through entry_by_value_date."""

    list_display = ("value_on", "of", "bill", "kind", "component", "moves", "for_on", "booked_on")
    list_filter = ("kind", "component")
    shows = ("customer", "bill")
    keyset = ("value_on", "pk")
    file_columns = {**BookAdmin.file_columns, "moves": _SUM}

    @admin.display(description=_("amount"))
    def moves(self, row: Entry) -> SafeString | str:
        return signed(row.amount)


@admin.register(Plan)
class PlanAdmin(BookAdmin):
    list_display = ("number", "of", "line", "started_on", "state", "ended_on", "so_far")
    list_filter = ("status",)
    file_columns = {
        **BookAdmin.file_columns,
        "state": FileColumn(("status",), files.labels(PlanStatus.choices)),
        "so_far": FileColumn(("counted",), files.money),
    }

    @admin.display(description=_("status"))
    def state(self, row: Plan) -> SafeString:
        status = PlanStatus(row.status)
        return pill(status.label, _PLAN_TONES.get(status, ""))

    @admin.display(description=_("counted towards it"))
    def so_far(self, row: Plan) -> str:
        return money(row.counted)


@admin.register(Hold)
class HoldAdmin(BookAdmin):
    list_display = ("number", "of", "line", "started_on", "until", "what")

    @admin.display(description=_("until"))
    def until(self, row: Hold) -> SafeString | str:
        return pill(_("Open"), "info") if row.until_on is None else words_date(row.until_on)

    @admin.display(description=_("what is held"))
    def what(self, row: Hold) -> str:
        return row.what


@admin.register(CreditLine)
class CreditLineAdmin(BookAdmin):
    list_display = ("number", "of", "product", "opened_on", "first_limit")
    list_filter = ("product",)
    shows = ("customer",)
    file_columns = {
        **BookAdmin.file_columns,
        "first_limit": FileColumn(("opening_limit",), files.money),
    }

    @admin.display(description=_("opening limit"))
    def first_limit(self, row: CreditLine) -> str:
        return money(row.opening_limit)


@admin.register(Dispute)
class DisputeAdmin(BookAdmin):
    list_display = ("bill", "of", "filed_on", "sum", "out", "outcome", "decided_on")
    list_filter = ("outcome",)
    shows = ("customer", "bill")
    file_columns = {**BookAdmin.file_columns, "out": FileColumn(("moved",), files.money)}

    @admin.display(description=_("moved out of the bill"))
    def out(self, row: Dispute) -> str:
        return money(row.moved)
