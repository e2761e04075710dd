"""Offers on the desk: the list, an offer's page, and the page on which one is composed."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.desk.formats import pill
from accounts.desk.guarded import Guarded
from accounts.desk.links import customer_link
from accounts.desk.records import OwnPage
from accounts.roles import ROLES
from appeals import eligibility
from appeals.admin.kept_apart import KeptApart
from appeals.models import Appeal
from appeals.offers import desk, panel
from appeals.offers.choices import OfferState
from appeals.offers.models import Offer, PlanLength


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return list(OfferState.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Offer)
class OfferAdmin(OwnPage, KeptApart):
    """Newest first."""

    list_display = ("number", "of", "side", "stands", "cost", "months", "expires_on", "made_by")
    list_display_links = ("number",)
    list_filter = (StateFilter,)
    shows = ("customer", "made_by")
    search_fields = ("number", "customer__number")
    search_help_text = gettext_lazy("Offer number or customer number")
    empty_words = gettext_lazy("No offers yet. They are made on the page of an appeal.")

    @admin.display(description=gettext_lazy("customer"))
    def of(self, row: Offer) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=gettext_lazy("state"))
    def stands(self, row: Offer) -> SafeString:
        return pill(row.get_state_display(), panel.TONES.get(OfferState(row.state), ""))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("effect")

    def get_urls(self) -> list[Any]:
        return [
            path(
                "compose/<int:appeal>/",
                self.admin_site.admin_view(self.compose_view),
                name="appeals_offer_compose",
            ),
            *super().get_urls(),
        ]

    def compose_view(self, request: HttpRequest, appeal: int) -> HttpResponse:
        """Put an offer together (appeals/offers/desk.py)."""
        found = Appeal.objects.filter(pk=appeal).select_related("customer", "second_review_of")
        one = found.first()
        if one is None:
            raise Http404
        return desk.compose_page(request, one, self.admin_site)

    def record_page(self, request: HttpRequest, found: Offer) -> HttpResponse:
        """An offer: what it grants, how it came about, what may be done with it."""
        user: Any = request.user
        if eligibility.in_conflict(user, found.customer_id):
            raise PermissionDenied
        if request.method == "POST" and desk.act_on(request, found):
            return HttpResponseRedirect(reverse("admin:appeals_offer_change", args=[found.pk]))
        offer = Offer.objects.select_related("appeal__customer", "customer").get(pk=found.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": offer.number,
            "original": offer,
            "opts": self.opts,
            **desk.record(request, offer),
        }
        response = TemplateResponse(request, "admin/appeals/offers/offer.html", context)
        response["Cache-Control"] = "no-store"
        return response


@admin.register(PlanLength)
class PlanLengthAdmin(Guarded, ModelAdmin):  # type: ignore[misc]
    """How long a plan each role may grant; administrators change it, and that is on record."""

    list_display = ("role", "months_alone", "months_approves")
    ordering = ("role",)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "role":
            kwargs["widget"] = UnfoldAdminSelectWidget(choices=[(name, name) for name in ROLES])
        return super().formfield_for_dbfield(db_field, request, **kwargs)
