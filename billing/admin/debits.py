"""Auto-debit on the desk: mandates, and what was tried under them."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.desk.formats import money, pill
from accounts.desk.links import customer_link
from accounts.desk.records import ReadOnlyAdmin
from billing.choices import DebitState
from billing.models import DebitAttempt, Mandate

_TONES = {
    DebitState.ASKED: "warn",
    DebitState.OK: "good",
    DebitState.INSUFFICIENT: "bad",
    DebitState.REFUSED: "bad",
}


@admin.register(DebitAttempt)
class DebitAttemptAdmin(ReadOnlyAdmin):
    list_display = ("reference", "day", "n", "of", "line", "sum", "stage", "why", "begun_at")
    list_filter = ("state", "day")
    shows = ("customer", "line")
    search_fields = ("reference",)
    search_help_text = _("Whole reference")
    empty_words = _("Nothing was debited by mandate yet.")

    @admin.display(description=_("customer"))
    def of(self, row: DebitAttempt) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=_("amount"))
    def sum(self, row: DebitAttempt) -> str:
        return money(row.amount)

    @admin.display(description=_("state"))
    def stage(self, row: DebitAttempt) -> SafeString:
        state = DebitState(row.state)
        return pill(state.label, _TONES.get(state, ""))


@admin.register(Mandate)
class MandateAdmin(ReadOnlyAdmin):
    list_display = ("given_on", "of", "line", "bank", "account", "via", "stands")
    list_filter = ("via",)
    shows = ("customer", "line", "end")
    empty_words = _("No customer gave a mandate yet.")

    def get_readonly_fields(self, request: object, obj: object = None) -> list[str]:
        return [field.name for field in self.opts.fields if field.name not in ("id", "token")]

    get_fields = get_readonly_fields

    @admin.display(description=_("customer"))
    def of(self, row: Mandate) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=_("state"))
    def stands(self, row: Mandate) -> SafeString:
        return pill(_("Ended")) if hasattr(row, "end") else pill(_("In force"), "good")
