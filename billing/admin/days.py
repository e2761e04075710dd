"""The calendar: business days with what their nights report."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.desk.formats import Words, money, pill
from accounts.desk.records import ReadOnlyAdmin
from billing.admin.report import Report
from billing.choices import DayStatus, SliceStatus
from billing.models import BusinessDay, DaySlice

_TONES = {DayStatus.OPENING: "info", DayStatus.CLOSED: "good", DayStatus.FAILED: "bad"}
_SLICE_TONES = {SliceStatus.DONE: "good"}


@admin.register(BusinessDay)
class BusinessDayAdmin(ReadOnlyAdmin):
    list_display = ("on", "state", "restricted", "released", "fees", "rows", "seconds", "failed")
    list_filter = ("status",)
    list_before_template = None
    change_form_template = "admin/billing/businessday/record.html"
    empty_words = _("No day is open yet. The night opens them: manage.py nightly")

    @admin.display(description=_("status"))
    def state(self, day: BusinessDay) -> SafeString:
        status = DayStatus(day.status)
        return pill(status.label, _TONES[status])

    @admin.display(description=_("restricted"))
    def restricted(self, day: BusinessDay) -> str:
        return _figure(Report(day).document.get("restricted"))

    @admin.display(description=_("released"))
    def released(self, day: BusinessDay) -> str:
        return _figure(Report(day).document.get("released"))

    @admin.display(description=_("late fees"))
    def fees(self, day: BusinessDay) -> str:
        return money(Report(day).amounts.get("fees"))

    @admin.display(description=_("rows"))
    def rows(self, day: BusinessDay) -> str:
        return f"{Report(day).total_rows:,}"

    @admin.display(description=_("seconds"))
    def seconds(self, day: BusinessDay) -> str:
        return f"{Report(day).total_seconds:.2f}"

    @admin.display(description=_("checks"))
    def failed(self, day: BusinessDay) -> SafeString | str:
        failed = [check for check in Report(day).checks if check.failures]
        if failed:
            return pill(gettext("%(n)s failed") % {"n": len(failed)}, "bad")
        return pill(_("All hold"), "good") if day.status == DayStatus.CLOSED else ""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        day = kwargs.get("obj")
        if isinstance(day, BusinessDay):
            context |= {
                "day": day,
                "state": self.state(day),
                "report": Report(day),
                "slices": [
                    (part, pill(*_slice(part)))
                    for part in DaySlice.objects.filter(day=day).order_by("number")
                ],
            }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response


def _slice(part: DaySlice) -> tuple[Words, str]:
    status = SliceStatus(part.status)
    return status.label, _SLICE_TONES.get(status, "")


def _figure(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else ""
