"""Holds: what stands still on a customer's bills, from a day until the day before another."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from billing.columns import loose
from billing.models.lines import CreditLine


class Hold(models.Model):
    """A hold as it stands; the engine alone writes it. Its id is that of the fact that placed it.

    A day is held from `started_on` until the day before `until_on`; null is until it is released.
    It covers the bills of the line that `bill_numbers` names, also those issued later; null is
    every bill of the line.
    """

    id = models.BigIntegerField(primary_key=True)
    customer = loose(Customer, _("customer"))
    line = loose(CreditLine, _("credit line"))
    number = models.CharField(_("number"), max_length=80)
    started_on = models.DateField(_("held from"))
    until_on = models.DateField(_("until"), null=True)
    fees = models.BooleanField(_("late fees"))
    milestones = models.BooleanField(_("points and severity"))
    interest = models.BooleanField(_("interest"))
    bill_numbers = ArrayField(
        models.CharField(max_length=80), verbose_name=_("bills"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        indexes: ClassVar = [
            # one customer's holds: a replay, the customer page
            models.Index(fields=["customer"], name="hold_by_customer"),
            # the night: holds that still stand (charge_fees.sql)
            models.Index(fields=["until_on"], name="hold_by_end"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(until_on=None) | models.Q(until_on__gte=models.F("started_on")),
                name="hold_ends_no_sooner_than_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(fees=True) | models.Q(milestones=True) | models.Q(interest=True),
                name="hold_holds_something",
            ),
        ]

    def __str__(self) -> str:
        return self.number
