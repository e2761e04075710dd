"""The list of customers and a customer's page."""

import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.bulk.recipes import BULK
from accounts.crypto import mask
from accounts.desk import items
from accounts.desk.export.columns import FileColumn
from accounts.desk.formats import NIL, pill, words_date
from accounts.desk.presence import Present
from accounts.desk.records import ReadOnlyAdmin
from accounts.desk.reveal import Revealing
from accounts.models import Customer
from billing.models import Quarantine
from risk import timeline
from risk.admin import bulk
from risk.choices import Severity, Status, Trigger
from risk.desk import acts, page, panels, search
from risk.desk.look_back import look_back
from risk.desk.standing import NOBODY, TONES, LineStanding, Standing, standings
from risk.explain.record import business_day
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

    file_columns = {
        "line_status": FileColumn(("pk",), lambda at, pk: _in_words(at, pk).lines, looks_up=True),
        "score_now": FileColumn(("pk",), lambda at, pk: _in_words(at, pk).score, looks_up=True),
        "days_past_due": FileColumn(("pk",), lambda at, pk: _in_words(at, pk).dpd, looks_up=True),
        "severity": FileColumn(("pk",), lambda at, pk: _in_words(at, pk).severity, looks_up=True),
        "restrictions": FileColumn(("pk",), lambda at, pk: _in_words(at, pk).why, looks_up=True),
        "phone_masked": FileColumn(("phone",), lambda phone: mask(phone or "", 3, 4)),
    }
    clear_columns = {"phone_masked": FileColumn(("phone",), lambda phone: phone or "")}

    def look_up(self, pks: list[Any]) -> Any:
        """How each stands, and room for that in words: several columns tell of it."""
        return standings(pks), {}

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
            path(
                "<int:pk>/as-of/",
                self.admin_site.admin_view(self.as_of_view),
                name="accounts_customer_as_of",
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

    def as_of_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The customer as of an earlier day (risk/desk/look_back.py)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        customer = self.get_object(request, str(pk))
        if customer is None:
            raise Http404
        last = business_day(customer.pk)
        on = parse_date(request.GET.get("on", ""))
        if on is None or last is None or not customer.opened_on <= on <= last:
            messages.error(request, _day_to_choose(customer.opened_on, last))
            return HttpResponseRedirect(reverse("admin:accounts_customer_change", args=[pk]))
        look = look_back(customer, on)
        shown = {
            "page": look.then,
            "look": look,
            "last_day": last,
            "original": customer,
            "opts": self.opts,
            "title": customer.name,
        }
        return TemplateResponse(
            request,
            "admin/accounts/customer/as_of.html",
            {**self.admin_site.each_context(request), **shown},
        )

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
        built = page.build(customer, part=part, before=before)
        shown = {
            "page": built,
            "marks": built.marks,
            "last_day": built.on if built.opened else None,
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


def parse_date(text: str) -> datetime.date | None:
    """A date as the browser's field sends it; None for anything else."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _day_to_choose(first: datetime.date, last: datetime.date | None) -> str:
    if last is None:
        return gettext("No day of this customer is open yet.")
    return gettext("Choose a day from %(first)s to %(last)s.") % {
        "first": words_date(first),
        "last": words_date(last),
    }


def _standing(customer: Any) -> Standing:
    found: Standing = customer.standing
    return found


class _Words(NamedTuple):
    """A customer's standing as a file says it."""

    lines: str
    score: str
    dpd: str
    severity: str
    why: str


def _in_words(found: tuple[dict[int, Standing], dict[int, _Words]], pk: int) -> _Words:
    standings_of, said = found
    if pk not in said:
        standing = standings_of.get(pk, NOBODY)
        language = get_language()
        said[pk] = _Words(
            _lines_in_words(standing.lines, language),
            "" if standing.score is None else str(standing.score),
            str(standing.dpd or ""),
            _severity_in_words(standing.severity, language),
            _causes_in_words(standing.causes, standing.quarantined, language),
        )
    return said[pk]


@lru_cache(10_000)
def _lines_in_words(lines: tuple[LineStanding, ...], language: str | None) -> str:
    return "; ".join(f"{line.name} {Status(line.status).label}" for line in lines)


@lru_cache(100)
def _severity_in_words(severity: Severity, language: str | None) -> str:
    return "" if severity == Severity.NONE else str(severity.label)


@lru_cache(10_000)
def _causes_in_words(causes: tuple[Trigger, ...], quarantined: bool, language: str | None) -> str:
    words = [gettext("Quarantined")] if quarantined else []
    return "; ".join([*words, *(str(cause.label) for cause in causes)])
