"""Conflicts that were declared, viewings of evidence, figures and calendars."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from accounts.acts import Refused
from accounts.desk.formats import pill
from accounts.desk.links import customer_link
from accounts.desk.records import ReadOnlyAdmin
from accounts.models import User
from appeals import operations
from appeals.clocks import calendar
from appeals.models import AppealRules, DeclaredConflict, EvidenceView, WorkCalendar
from billing.terms import TermsError


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


@admin.register(AppealRules)
class AppealRulesAdmin(ReadOnlyAdmin):
    list_display = ("effective_from", "preset", "published_by", "published_at")
    shows = ("published_by",)
    list_before_template = None
    keyset = ("effective_from", "pk")
    empty_words = _("The figures are those that the product ships for the preset of the policy.")


class CalendarForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = WorkCalendar
        fields = ("code", "name", "document")

    def clean_document(self) -> Any:
        try:
            calendar.load(self.cleaned_data["document"])
        except TermsError as error:
            raise forms.ValidationError(str(error)) from error
        return self.cleaned_data["document"]


@admin.register(WorkCalendar)
class WorkCalendarAdmin(ModelAdmin):  # type: ignore[misc]
    """Working hours and holidays; each change is on record."""

    form = CalendarForm
    list_display = ("code", "name")
    search_fields = ("code",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
