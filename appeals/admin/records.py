"""Conflicts that were declared, and viewings of evidence."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.acts import Refused
from accounts.desk.formats import pill
from accounts.desk.links import customer_link
from accounts.desk.records import ReadOnlyAdmin
from accounts.models import User
from appeals import operations
from appeals.models import DeclaredConflict, EvidenceView


@admin.register(DeclaredConflict)
class DeclaredConflictAdmin(ReadOnlyAdmin):
    list_display = ("declared_at", "user", "of", "relation", "words", "declared_by", "stands")
    list_filter = ("relation",)
    shows = ("user", "customer", "declared_by")
    actions = ("end",)
    empty_words = _("Nobody declared a conflict of interest.")

    @admin.display(description=_("customer"))
    def of(self, row: DeclaredConflict) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=_("state"))
    def stands(self, row: DeclaredConflict) -> SafeString:
        return pill(_("Ended")) if row.ended_at else pill(_("In force"), "warn")

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("appeals.lead_appeals")

    @admin.action(description=_("End the chosen conflicts"), permissions=["end"])
    def end(self, request: HttpRequest, queryset: QuerySet[DeclaredConflict]) -> None:
        by = request.user
        assert isinstance(by, User)
        for row in queryset.filter(ended_at=None)[:50]:
            try:
                operations.end_conflict(conflict=row, by=by, at=timezone.now())
            except Refused as error:
                self.message_user(request, str(error), "error")


@admin.register(EvidenceView)
class EvidenceViewAdmin(ReadOnlyAdmin):
    list_display = ("at", "by", "evidence", "of", "saved")
    shows = ("by", "evidence__appeal")
    list_before_template = None
    empty_words = _("No evidence was opened yet.")

    @admin.display(description=_("appeal"))
    def of(self, row: EvidenceView) -> str:
        return row.evidence.appeal.number
