"""The bills that are off the books: what was lost, what came back, what is still owed."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.db import connection
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.desk.export import columns as files
from accounts.desk.export.columns import FileColumn
from accounts.desk.filters import SidesFilter
from accounts.desk.formats import money, pill
from accounts.models import Customer
from billing.admin.book import BookAdmin
from billing.models import Bill, WriteOff

BY_HAND, BY_TERMS = _("By hand"), _("By the terms")

#: Through entry_by_value_date: what moved on the books of these bills since they left them. An
#: entry that was taken back stands there twice, with both signs.
_RECOVERED = """
select e.bill_id, sum(e.amount)
from billing_entry e
where e.value_on >= (select min(written_on) from billing_writeoff where bill_id = any(%(bills)s))
  and e.customer_id in (select customer_id from billing_writeoff where bill_id = any(%(bills)s))
  and e.bill_id = any(%(bills)s) and e.component = 'books' and e.kind = 'recovered'
group by e.bill_id
"""


def recovered(bills: list[int]) -> dict[int, Decimal]:
    """What was paid of bills since they were written off, in one query; bills with any."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOVERED, {"bills": bills})
        return dict(cursor.fetchall())


class HowFilter(SidesFilter):
    """Decided by somebody of the staff, or by a night because the terms say so."""

    title = _("how")
    parameter_name = "how"
    sides: ClassVar = {
        "hand": (BY_HAND, Q(fact__booked_by__isnull=False)),
        "terms": (BY_TERMS, Q(fact__booked_by=None)),
    }


class OwedFilter(SidesFilter):
    """Whether anything is owed of it still."""

    title = _("still owed")
    parameter_name = "owed"
    sides: ClassVar = {"yes": (_("Yes"), Q(owed__gt=0)), "no": (_("No"), Q(owed=0))}


@admin.register(WriteOff)
class WriteOffAdmin(BookAdmin):
    """Newest first, through write_off_by_day; searched by whole numbers, through their keys."""

    list_display = ("written_on", "number", "of", "line", "sum", "back", "left", "how", "by")
    list_filter = ("written_on", "line__product", HowFilter, OwedFilter)
    keyset = ("written_on", "pk")
    shows = ("bill", "customer", "line", "fact__booked_by")
    search_fields = ("bill__number",)
    search_help_text = _("Whole number of a bill or a customer")
    empty_words = _("No bill was written off yet.")
    file_columns = {
        **BookAdmin.file_columns,
        "number": FileColumn(("bill__number",), lambda number: number or ""),
        "back": FileColumn(
            ("pk",), lambda found, pk: files.money(found.get(pk, Decimal(0))), looks_up=True
        ),
        "left": FileColumn(("owed",), files.money),
        "how": FileColumn(
            ("fact__booked_by",), lambda by: str(BY_TERMS if by is None else BY_HAND)
        ),
        "by": files.person("fact__booked_by"),
    }

    def meant(self, term: str) -> Q:
        of_bill = Q(bill__in=Bill.objects.filter(number=term))
        return of_bill | Q(customer__in=Customer.objects.filter(number=term))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.list_display, "why"]

    get_fields = get_readonly_fields

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            self.furnish(request, [found])
        return found

    def furnish(self, request: HttpRequest, rows: list[Any]) -> None:
        found = recovered([row.pk for row in rows])
        for row in rows:
            row.recovered = found.get(row.pk, Decimal(0))

    def look_up(self, pks: list[Any]) -> Any:
        return recovered(pks)

    @admin.display(description=_("bill"))
    def number(self, row: WriteOff) -> SafeString:
        address = reverse("admin:billing_bill_change", args=[row.pk])
        return format_html('<a class="dk-link" href="{}">{}</a>', address, row.bill.number)

    @admin.display(description=_("written off"))
    def sum(self, row: WriteOff) -> str:
        return money(row.amount)

    @admin.display(description=_("recovered since"))
    def back(self, row: Any) -> str:
        return money(row.recovered)

    @admin.display(description=_("still owed"))
    def left(self, row: WriteOff) -> str:
        return money(row.owed)

    @admin.display(description=_("how"))
    def how(self, row: WriteOff) -> SafeString:
        return pill(BY_TERMS, "info") if row.fact.booked_by is None else pill(BY_HAND)

    @admin.display(description=_("by"))
    def by(self, row: WriteOff) -> str:
        person = row.fact.booked_by
        return "" if person is None else person.get_full_name() or str(person)

    @admin.display(description=_("reason"))
    def why(self, row: WriteOff) -> str:
        return str(row.fact.reason)
