"""Calendars of banking days: by them due dates are moved off holidays (docs/rules.md)."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class BankCalendar(models.Model):
    """A calendar of banking days. Never edited: bills were issued by it.

    `weekend`: the weekdays that are no banking days, Monday being 1 and Sunday 7.
    """

    code = models.SlugField(
        _("code"), max_length=24, unique=True, help_text=_("what the terms of a product call it")
    )
    name = models.CharField(_("name"), max_length=60)
    weekend = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name=_("days off each week"),
        default=list,
        blank=True,
    )
    entered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("entered by"),
    )  # fmt: skip
    entered_at = models.DateTimeField(_("entered at"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("bank calendar")
        verbose_name_plural = _("bank calendars")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(weekend__contained_by=[1, 2, 3, 4, 5, 6, 7], weekend__len__lt=7),
                name="bank_calendar_has_a_banking_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Holiday(models.Model):
    """That a day is no banking day of a calendar, or (`worked`) that it is one, as announced.

    Openings after `announced_on` know it; of several rows for a day the last announced counts.
    Never edited: a later announcement corrects it.
    """

    calendar = models.ForeignKey(
        BankCalendar, on_delete=models.PROTECT, related_name="holidays", db_index=False,
        verbose_name=_("bank calendar"),
    )  # fmt: skip
    on = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=60)
    worked = models.BooleanField(
        _("is a banking day"),
        db_default=False,
        default=False,
        help_text=_("a weekend day that is worked, or a holiday that was called off"),
    )
    announced_on = models.DateField(
        _("announced on"), help_text=_("bills issued on later days are due by it")
    )
    entered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("entered by"),
    )  # fmt: skip
    entered_at = models.DateTimeField(_("entered at"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        constraints: ClassVar = [
            # also serves: the days of a calendar known at an opening (billing/holidays.py)
            models.UniqueConstraint(
                fields=["calendar", "on", "announced_on"], name="holiday_is_announced_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"
