"""Product terms: their figures in words, and what a version changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts.desk.figures import Table, figures
from accounts.desk.formats import Words, money
from accounts.desk.records import ReadOnlyAdmin
from billing.models import ProductTerms
from billing.terms import FOLLOWING, NONE, PRECEDING, CashLoanTerms, Terms, load_terms

Pairs = list[tuple[Words, str]]
_ON_HOLIDAY = {
    NONE: gettext_noop("stays"),
    FOLLOWING: gettext_noop("moves to the next banking day"),
    PRECEDING: gettext_noop("moves to the banking day before"),
}


@admin.register(ProductTerms)
class ProductTermsAdmin(ReadOnlyAdmin):
    list_display = ("product", "effective_from", "preset", "published_at", "publisher")
    shows = ("published_by",)
    list_before_template = None
    keyset = ("effective_from", "pk")
    change_form_template = "admin/desk/figures.html"
    empty_words = _("No terms yet. They come with the book: manage.py import_book DIR")

    @admin.display(description=_("published by"))
    def publisher(self, row: Any) -> str:
        by = row.published_by
        return "" if by is None else by.get_full_name() or str(by)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("product",)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        version = kwargs.get("obj")
        if isinstance(version, ProductTerms):
            before = _before(version)
            context |= {
                "tables": [_table(version, before)],
                "before": before,
                "before_model": "billing.productterms",
                "facts": [
                    (_("product"), version.get_product_display()),
                    (_("effective from"), version.effective_from.isoformat()),
                    (_("preset"), version.preset),
                    (_("published by"), version.published_by or ""),
                ],
            }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response


def _before(version: ProductTerms) -> ProductTerms | None:
    """The version of the same product that was in force until this one."""
    older = ProductTerms.objects.filter(
        product=version.product, effective_from__lt=version.effective_from
    )
    return older.order_by("-effective_from").first()


def _table(version: ProductTerms, before: ProductTerms | None) -> Table:
    old = None if before is None else _pairs(load_terms(before.product, before.document))
    return figures(
        version.get_product_display(), _pairs(load_terms(version.product, version.document)), old
    )


def _pairs(terms: Terms) -> Pairs:
    if isinstance(terms, CashLoanTerms):
        own: Pairs = [
            (_("Billed before the due date"), _days(terms.billing_lead_days)),
            (_("Interest a day"), _rate(terms.interest_daily_rate)),
        ]
    else:
        own = [
            (_("Statement day"), str(terms.statement_day)),
            (_("Due day"), str(terms.due_day)),
        ]
    return [
        *own,
        (_("Due date on a holiday"), gettext(_ON_HOLIDAY[terms.due_on_holiday])),
        (_("Bank calendar"), terms.calendar or "–"),
        (_("Grace days"), _days(terms.grace_days)),
        (_("Tolerance"), money(terms.tolerance)),
        (_("Late fee a day"), _rate(terms.late_fee_daily_rate)),
        (_("Late fees at most, of the principal"), _rate(terms.late_fee_cap_rate)),
        (
            _("Written off at days past due"),
            _days(terms.write_off_dpd) if terms.write_off_dpd else gettext("by staff alone"),
        ),
        (_("Promise to pay: days after its date"), _days(terms.promise.grace_days)),
        (_("Promise to pay: partly kept from"), _rate(terms.promise.threshold)),
        (_("Promise to pay: may be missing"), money(terms.promise.tolerance)),
    ]


def _days(number: int) -> str:
    return gettext("%(n)s days") % {"n": number}


def _rate(rate: Any) -> str:
    return f"{(rate * 100).normalize():f}%"
