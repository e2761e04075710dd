"""Bank calendars and holidays: entered ahead of the bills that they move, and never edited."""

import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminDateWidget

from accounts.acts import Refused
from accounts.desk.records import ReadOnlyAdmin
from accounts.models import User
from billing import holidays
from billing.models import BankCalendar, Holiday


class _Entered(ReadOnlyAdmin):
    """A list with a form for new rows, for those who may add; none for what is there."""

    add_form_template = "admin/change_form.html"
    list_before_template = None
    form: type[Any]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"billing.add_{self.opts.model_name}")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None:
            return super().get_fields(request, obj)
        return list(self.form.field_order or self.form.base_fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return () if obj is None else super().get_readonly_fields(request, obj)


class CalendarForm(forms.ModelForm):  # type: ignore[type-arg]
    weekend = forms.TypedMultipleChoiceField(
        label=_("Days off each week"),
        choices=[(day + 1, name) for day, name in WEEKDAYS.items()],
        coerce=int,
        required=False,
        initial=[6, 7],
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )

    class Meta:
        model = BankCalendar
        fields = ("code", "name", "weekend")


@admin.register(BankCalendar)
class BankCalendarAdmin(_Entered):
    form = CalendarForm
    list_display = ("code", "name", "days_off", "entered_at")
    keyset = ("code", "pk")

    @admin.display(description=_("days off each week"))
    def days_off(self, row: BankCalendar) -> str:
        return ", ".join(str(WEEKDAYS[day - 1]) for day in row.weekend)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        made = holidays.add_calendar(
            code=obj.code, name=obj.name, weekend=obj.weekend, by=_member(request)
        )
        obj.pk = made.pk


class HolidayForm(forms.ModelForm):  # type: ignore[type-arg]
    through = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=UnfoldAdminDateWidget(),
        help_text=_("For several days; empty for one."),
    )
    field_order = ("calendar", "name", "on", "through", "worked", "announced_on")

    class Meta:
        model = Holiday
        fields = ("calendar", "name", "on", "worked", "announced_on")
        labels: ClassVar = {"on": _("First day")}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, announced = data.get("on"), data.get("announced_on")
        if first and announced and data.get("calendar"):
            try:
                holidays.require_enterable(
                    calendar=data["calendar"],
                    days=holidays.span(first, data.get("through") or first),
                    announced_on=announced,
                    today=timezone.localdate(),
                )
            except Refused as error:
                raise forms.ValidationError(str(error)) from error
        return data


@admin.register(Holiday)
class HolidayAdmin(_Entered):
    form = HolidayForm
    list_display = ("date", "name", "calendar", "worked", "announced_on")
    list_filter = (("calendar", admin.RelatedOnlyFieldListFilter), "worked")
    shows = ("calendar",)
    keyset = ("on", "pk")
    empty_words = _("No holidays yet: weekdays off are those of each calendar.")

    @admin.display(description=_("date"), ordering="on")
    def date(self, row: Holiday) -> datetime.date:
        return row.on

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        today: datetime.date = timezone.localdate()
        return {"announced_on": today, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        made = holidays.add_holidays(
            calendar=obj.calendar,
            days=holidays.span(obj.on, form.cleaned_data["through"] or obj.on),
            name=obj.name,
            worked=obj.worked,
            announced_on=obj.announced_on,
            today=timezone.localdate(),
            by=_member(request),
        )
        obj.pk = made[0].pk


def _member(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
