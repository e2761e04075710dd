"""The record of what staff saw in clear and took away: for auditors and administrators."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.audit.own import list_name
from accounts.desk.formats import pill
from accounts.desk.links import customer_link
from accounts.desk.records import ReadOnlyAdmin
from accounts.models import Customer, Disclosure, Export, User
from accounts.traces import ExportState

_TONES = {ExportState.BEGUN: "info", ExportState.WHOLE: "good", ExportState.BROKEN_OFF: "warn"}


class TrailAdmin(ReadOnlyAdmin):
    """Newest first; found by the whole user name of who did it."""

    shows: tuple[str, ...] = ("by",)
    search_fields = ("by__username",)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[str]:
        return ["at", *super().get_readonly_fields(request, obj)]

    @admin.display(description=_("by"))
    def who(self, row: Any) -> str:
        return row.by.get_full_name() or str(row.by)

    def meant(self, term: str) -> Q:
        return Q(by__in=User.objects.filter(username=term))


@admin.register(Disclosure)
class DisclosureAdmin(TrailAdmin):
    list_display = ("at", "of", "field", "reason", "words", "who")
    list_filter = ("field", "reason")
    shows = ("customer", "by")
    search_help_text = _("Whole number of a customer, or whole user name")
    empty_words = _("Nothing was shown in clear yet.")

    @admin.display(description=_("customer"))
    def of(self, row: Disclosure) -> SafeString:
        return customer_link(row.customer)

    def meant(self, term: str) -> Q:
        return super().meant(term) | Q(customer__in=Customer.objects.filter(number=term))


@admin.register(Export)
class ExportAdmin(TrailAdmin):
    list_display = ("at", "who", "what", "filters", "stage", "rows", "ends")
    list_filter = ("state",)
    shows = ("by", "ends")
    list_before_template = None
    search_help_text = _("Whole user name")
    empty_words = _("No list was exported yet.")

    @admin.display(description=_("list"))
    def what(self, row: Export) -> str:
        return list_name(row.of)

    @admin.display(description=_("state"))
    def stage(self, row: Export) -> SafeString:
        state = ExportState(row.state)
        return pill(state.label, _TONES[state])
