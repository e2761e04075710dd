"""Facts and what follows from them in money, as lists that lead back to the customer."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.desk.formats import money, pill, signed, words_date
from accounts.desk.links import customer_link
from accounts.desk.records import ReadOnlyAdmin
from billing.choices import PlanStatus
from billing.models import Bill, CreditLine, Dispute, Entry, Fact, Hold, OpenBill, Plan

MOST_ENTRIES = 400
_PLAN_TONES = {
    PlanStatus.KEPT: "info",
    PlanStatus.COMPLETED: "good",
    PlanStatus.BROKEN: "bad",
}


class BookAdmin(ReadOnlyAdmin):
    """A list whose rows belong to a customer and have an amount."""

    shows: tuple[str, ...] = ("customer", "line")

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

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(number=term) if term else queryset), False

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
        if row.owed is None:
            return pill(_("Settled"), "good")
        if row.owed.overdue_on:
            return pill(_("Overdue"), "bad")
        return pill(_("In a plan"), "info") if row.owed.plan_id else pill(_("Open"))

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
                "entries": entries,
                "undone": {e.reverses_id for e in entries if e.reverses_id},
                "most": MOST_ENTRIES,
            }
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(Entry)
class EntryAdmin(BookAdmin):
    """By value date, through entry_by_value_date."""

    list_display = ("value_on", "of", "bill", "kind", "component", "moves", "for_on", "booked_on")
    list_filter = ("kind", "component")
    shows = ("customer", "bill")
    keyset = ("value_on", "pk")

    @admin.display(description=_("amount"))
    def moves(self, row: Entry) -> SafeString | str:
        return signed(row.amount)


@admin.register(Plan)
class PlanAdmin(BookAdmin):
    list_display = ("number", "of", "line", "started_on", "state", "ended_on", "so_far")
    list_filter = ("status",)

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

    @admin.display(description=_("opening limit"))
    def first_limit(self, row: CreditLine) -> str:
        return money(row.opening_limit)


@admin.register(Dispute)
class DisputeAdmin(BookAdmin):
    list_display = ("bill", "of", "filed_on", "sum", "out", "outcome", "decided_on")
    list_filter = ("outcome",)
    shows = ("customer", "bill")

    @admin.display(description=_("moved out of the bill"))
    def out(self, row: Dispute) -> str:
        return money(row.moved)
