"""The figures that appeals go by, dated like a policy, and the calendars of working hours."""

import datetime
from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User

#: A version of before the first that says from when it holds: it always did.
ALWAYS = datetime.date(2000, 1, 1)


class AppealRules(models.Model):
    """Clocks, terms and thresholds of appeals from a day on. Append-only: a change is a new row.

    An appeal keeps the dates that the rules of its receipt gave it.
    """

    effective_from = models.DateField(_("effective from"), unique=True)
    document = models.JSONField(_("figures"))
    preset = models.CharField(_("preset"), max_length=20, blank=True, db_default="")
    published_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    published_at = models.DateTimeField(_("published at"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("rules of appeals")
        verbose_name_plural = _("rules of appeals")

    def __str__(self) -> str:
        return f"{self.preset} {self.effective_from}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class WorkCalendar(models.Model):
    """Working hours by weekday, and the days that are otherwise, from a day on
    (`appeals/clocks/calendar.py`). Append-only: a change is a new row of the same code."""

    code = models.SlugField(_("code"), max_length=20, db_index=False)
    name = models.CharField(_("name"), max_length=80)
    effective_from = models.DateField(_("effective from"), default=ALWAYS, db_default=ALWAYS)
    document = models.JSONField(_("hours and holidays"))
    published_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("published by"),
    )
    published_at = models.DateTimeField(_("published at"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(code=""), name="calendar_has_a_code"),
            models.UniqueConstraint(
                fields=["code", "effective_from"], name="calendar_has_one_version_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.effective_from}"
