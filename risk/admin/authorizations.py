"""What merchants and partners were told, and what became of it."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.desk.formats import pill
from accounts.desk.links import customer_link
from accounts.desk.records import ReadOnlyAdmin
from risk.choices import AuthorizationStatus
from risk.models import Authorization

_TONES = {
    AuthorizationStatus.APPROVED: "info",
    AuthorizationStatus.DECLINED: "bad",
    AuthorizationStatus.CAPTURED: "good",
}


@admin.register(Authorization)
class AuthorizationAdmin(ReadOnlyAdmin):
    """Newest first."""

    list_display = (
        "decided_at", "of", "line", "kind", "amount", "stage", "why", "available", "reference",
    )  # fmt: skip
    list_filter = ("status", "kind")
    shows = ("customer", "line")
    empty_words = _("No authorisation was asked for yet. Partners ask through the API.")

    @admin.display(description=_("customer"))
    def of(self, row: Authorization) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=_("status"))
    def stage(self, row: Authorization) -> SafeString:
        status = AuthorizationStatus(row.status)
        return pill(status.label, _TONES.get(status, ""))

    @admin.display(description=_("reasons"))
    def why(self, row: Authorization) -> str:
        return ", ".join(row.reasons)
