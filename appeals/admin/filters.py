"""Filters of the queue: which ones, whose, and how near their clocks are."""

import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appeals.choices import OPEN, State
from appeals.desk.faces import NEAR

Choices = list[tuple[Any, Any]]


class StateFilter(admin.SimpleListFilter):
    """The open ones, unless others are asked for."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("", _("Open")), ("all", _("All")), *State.choices]

    def choices(self, changelist: Any) -> Any:
        for value, words in self.lookup_choices:
            yield {
                "selected": (self.value() or "") == value,
                "query_string": changelist.get_query_string(
                    {self.parameter_name: value} if value else {}, [self.parameter_name]
                ),
                "display": words,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in State.values:
            return queryset.filter(state=self.value())
        return queryset if self.value() == "all" else queryset.filter(state__in=OPEN)


class WhoseFilter(admin.SimpleListFilter):
    title = _("assigned to")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("mine", _("Mine")), ("nobody", _("Unassigned"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "mine":
            return queryset.filter(assigned_to=request.user.pk)
        return queryset.filter(assigned_to=None) if self.value() == "nobody" else queryset


class ClockFilter(admin.SimpleListFilter):
    title = _("clocks")
    parameter_name = "clock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [
            ("overrun", _("Overrun by law")),
            ("near", _("Ten days left or less")),
            ("promise", _("Our promise overrun")),
            ("rests", _("Waiting for the customer")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        near = today + datetime.timedelta(days=NEAR)
        conditions: dict[str, dict[str, Any]] = {
            "overrun": {"state__in": OPEN, "legal_due_on__lt": today},
            "near": {"state__in": OPEN, "legal_due_on__lte": near},
            "promise": {"state__in": OPEN, "service_due_at__lt": timezone.now()},
            "rests": {"state": State.WAITING_CUSTOMER},
        }
        return queryset.filter(**conditions.get(self.value() or "", {}))
