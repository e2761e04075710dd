"""The list of customers and a customer's page."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.bulk.recipes import BULK
from accounts.desk import items
from accounts.desk.formats import NIL, pill
from accounts.desk.presence import Present
from accounts.desk.records import ReadOnlyAdmin
from accounts.desk.reveal import Revealing
from accounts.models import Customer
from billing.models import Quarantine
from risk import timeline
from risk.admin import bulk
from risk.choices import Severity, Status
from risk.desk import acts, page, panels, search
from risk.desk.standing import NOBODY, TONES, Standing, standings
from risk.models import Episode, LineStatus

_Choices = list[tuple[Any, Any]]


class StatusFilter(admin.SimpleListFilter):
    """By the status of any line."""

    title = _("line status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> _Choices:
        return list(Status.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        restricted = LineStatus.objects.filter(customer_id=OuterRef("pk"))
        if self.value() == Status.ACTIVE:
            return queryset.filter(~Exists(restricted))
        if self.value() in Status.values:
            rows = LineStatus.objects.filter(status=self.value())
            return queryset.filter(pk__in=rows.values("customer_id"))
        return queryset


class SeverityFilter(admin.SimpleListFilter):
    """By the severity of an open episode."""

    title = _("severity")
    parameter_name = "severity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> _Choices:
        return list(Severity.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        still = Episode.objects.filter(cured_on=None, reversed_on=None)
        if self.value() == Severity.NONE:
            return queryset.filter(~Exists(still.filter(customer_id=OuterRef("pk"))))
        if self.value() in Severity.values:
            rows = still.filter(severity=self.value())
            return queryset.filter(pk__in=rows.values("customer_id"))
        return queryset


class QuarantineFilter(admin.SimpleListFilter):
    """Those whose day could not be opened."""

    title = _("quarantine")
    parameter_name = "quarantined"

    def lookups(self, request: HttpRequest, model_admin: Any) -> _Choices:
        return [("yes", _("Quarantined"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            rows = Quarantine.objects.filter(released_at=None)
            return queryset.filter(pk__in=rows.values("customer_id"))
        return queryset


@admin.register(Customer)
class CustomerAdmin(Present, Revealing, ReadOnlyAdmin):
    """One row a customer, one page a customer."""

    list_display = (
        "number",
        "name",
        "line_status",
        "score_now",
        "days_past_due",
        "severity",
        "restrictions",
        "phone_masked",
    )
    list_display_links = ("number", "name")
    list_filter = (StatusFilter, SeverityFilter, QuarantineFilter)
    actions = ("act_in_bulk",)
    search_fields = ("number",)
    search_help_text = _("Number, name, phone, ID number or bill")
    list_before_template = None
    empty_words = _("No customers yet. They come with the book: manage.py import_book DIR")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        ids = search.found(search_term)
        if len(ids) >= search.MOST_FOUND:
            messages.info(request, gettext("Many customers match; only some are shown. Type more."))
        return queryset.filter(pk__in=ids), False

    def for_export(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        # What no column shows is not decrypted, a million times.
        return rows.defer("id_number")

    def has_bulk_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms([acts.PERFORM, BULK])

    @admin.action(description=_("Act on all of them…"), permissions=["bulk"])
    def act_in_bulk(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Choose an act for the rows chosen, or for all that match (risk/admin/bulk.py)."""
        return bulk.of_customers(request, queryset)

    def furnish(self, request: HttpRequest, rows: list[Any]) -> None:
        found = standings([customer.pk for customer in rows])
        for customer in rows:
            customer.standing = found.get(customer.pk, NOBODY)

    @admin.display(description=_("lines"))
    def line_status(self, customer: Any) -> SafeString:
        lines = _standing(customer).lines
        return format_html_join(
            "", '<span class="dk-line"><span>{}</span>{}</span>', ((x.name, x.pill) for x in lines)
        )

    @admin.display(description=_("score"))
    def score_now(self, customer: Any) -> str:
        score = _standing(customer).score
        return NIL if score is None else str(score)

    @admin.display(description=_("days past due"))
    def days_past_due(self, customer: Any) -> str:
        dpd = _standing(customer).dpd
        return str(dpd) if dpd else NIL

    @admin.display(description=_("severity"))
    def severity(self, customer: Any) -> SafeString | str:
        found = _standing(customer).severity
        return NIL if found == Severity.NONE else pill(found.label, TONES[found])

    @admin.display(description=_("restrictions in force"))
    def restrictions(self, customer: Any) -> SafeString:
        standing = _standing(customer)
        words = [pill(cause.label) for cause in standing.causes]
        if standing.quarantined:
            words.insert(0, pill(_("Quarantined"), "bad"))
        return format_html_join(" ", "{}", ((word,) for word in words)) or NIL

    @admin.display(description=_("phone"))
    def phone_masked(self, customer: Customer) -> str:
        return customer.masked_phone or NIL

    def get_urls(self) -> list[Any]:
        return [
            path(
                "<int:pk>/act/<slug:code>/",
                self.admin_site.admin_view(self.act_view),
                name="accounts_customer_act",
            ),
            *super().get_urls(),
        ]

    def act_view(self, request: HttpRequest, pk: int, code: str) -> HttpResponse:
        """An act on the customer (risk/desk/acts.py)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        customer = self.get_object(request, str(pk))
        if customer is None:
            raise Http404
        return acts.act_page(request, customer, code, self.admin_site)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The customer's page."""
        may = self.has_view_permission(request) and request.method in ("GET", "HEAD")
        if object_id is None or not may:
            raise PermissionDenied
        customer = self.get_object(request, object_id)
        if customer is None:
            raise Http404
        part = request.GET.get("show", "")
        part = part if part in timeline.PARTS else ""
        before = timeline.Mark.parse(request.GET.get("before", ""))
        shown = {
            "page": page.build(customer, part=part, before=before),
            "part": part,
            "parts": timeline.parts(),
            "strip": items.strip(request, customer),
            "panels": panels.of(customer, request),
            "menu": acts.menu(request, customer),
            "waiting": acts.waiting(customer),
            "done": acts.done(customer),
            "before": before,
            "original": customer,
            "opts": self.opts,
            "title": customer.name,
        }
        return TemplateResponse(
            request,
            "admin/accounts/customer/page.html",
            {**self.admin_site.each_context(request), **shown},
        )


def _standing(customer: Any) -> Standing:
    found: Standing = customer.standing
    return found
