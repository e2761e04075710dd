"""Who is in quarantine, and the act that only this room can do: open their days again."""

from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.desk.filters import SidesFilter
from accounts.desk.formats import pill
from accounts.desk.links import customer_link
from accounts.desk.records import ReadOnlyAdmin
from accounts.models import User
from billing.models import Quarantine
from config.night import quarantine

MOST_RETRIED = 50


class ReleasedFilter(SidesFilter):
    """Those still in quarantine, or those that were freed."""

    title = _("state")
    parameter_name = "state"
    sides: ClassVar = {
        "still": (_("Still in quarantine"), Q(released_at=None)),
        "freed": (_("Released"), Q(released_at__isnull=False)),
    }


@admin.register(Quarantine)
class QuarantineAdmin(ReadOnlyAdmin):
    list_display = ("since", "of", "state", "attempts", "said", "quarantined_at", "released_by")
    list_filter = (ReleasedFilter,)
    shows = ("customer", "released_by")
    actions = ("retry",)
    empty_words = _("Nobody is in quarantine.")

    @admin.display(description=_("customer"))
    def of(self, row: Quarantine) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=_("state"))
    def state(self, row: Quarantine) -> SafeString:
        if row.released_at:
            return pill(_("Released"), "good")
        return pill(_("Quarantined"), "bad")

    @admin.display(description=_("error"))
    def said(self, row: Quarantine) -> str:
        return row.error[:120]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.retry_quarantine")

    @admin.action(description=_("Try again to open their days"), permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Quarantine]) -> None:
        """Open the missed days of the chosen customers, each in a transaction of its own."""
        for row in queryset.filter(released_at=None).select_related("customer")[:MOST_RETRIED]:
            words = {"number": row.customer.number}
            try:
                quarantine.retry_quarantined(row.customer_id, by=_member(request))
            except quarantine.NotQuarantined:
                continue
            except quarantine.StillFails as error:
                text = gettext("%(number)s still fails: %(error)s")
                messages.error(request, text % {**words, "error": str(error)[:200]})
            else:
                text = gettext("%(number)s is released: the missed days are open.")
                messages.success(request, text % words)


def _member(request: HttpRequest) -> User:
    """The signed-in member of staff; the admin lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user
