"""Policies, and the decisions of staff that count as facts."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from billing.models import CreditLine
from risk.choices import DecisionKind, Effect, PolicyStatus


class PolicyVersion(models.Model):
    """A policy from a date on. A published one is never changed; a new version follows it."""

    name = models.CharField(_("name"), max_length=80)
    effective_from = models.DateField(_("effective from"))
    document = models.JSONField(_("policy"))
    status = models.CharField(
        _("status"), max_length=10, choices=PolicyStatus, default=PolicyStatus.DRAFT
    )
    preset = models.CharField(_("preset"), max_length=20, blank=True, db_default="")
    published_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["effective_from"],
                name="one_policy_a_day",
                condition=models.Q(status="published"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.effective_from})"


class Decision(models.Model):
    """A decision of staff about a customer's credit status; a fact, never edited."""

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    line = models.ForeignKey(
        CreditLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=12, choices=DecisionKind)
    number = models.CharField(_("number"), max_length=80, null=True, blank=True)
    booked_on = models.DateField(_("booking date"))
    value_on = models.DateField(_("value date"))
    code = models.CharField(_("code"), max_length=100, blank=True, db_default="")
    until_on = models.DateField(
        _("until"), null=True, blank=True, help_text=_("first day it no longer holds")
    )
    bill_number = models.CharField(_("bill"), max_length=80, null=True, blank=True)
    effect = models.CharField(_("effect"), max_length=10, choices=Effect, null=True, blank=True)
    factor = models.DecimalField(
        _("factor"), max_digits=13, decimal_places=12, null=True, blank=True
    )
    booked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    reason = models.TextField(_("reason"), blank=True, db_default="")
    booked_at = models.DateTimeField(_("booked at"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("decision of staff")
        verbose_name_plural = _("decisions of staff")
        indexes: ClassVar = [
            # a customer's decisions: the engine for one customer, the customer page
            models.Index(fields=["customer", "value_on"], name="decision_by_customer"),
            # the night: exemptions and restrictions by staff (restrict.sql), closed alerts
            models.Index(fields=["kind", "value_on"], name="decision_by_kind"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["number", "kind"],
                name="decision_is_booked_once",
                condition=models.Q(number__isnull=False),
            ),
            models.CheckConstraint(
                condition=models.Q(value_on__lte=models.F("booked_on")),
                name="decision_counts_no_later_than_booked",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="exempt")
                | models.Q(
                    until_on__gt=models.F("value_on"), until_on__isnull=False, line__isnull=False
                )
                & ~models.Q(code=""),
                name="exemption_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="restrict")
                | models.Q(
                    effect="suspend", effect__isnull=False, line__isnull=False, number__isnull=False
                )
                | models.Q(
                    effect="reduce",
                    effect__isnull=False,
                    factor__isnull=False,
                    factor__gte=0,
                    factor__lte=1,
                    line__isnull=False,
                    number__isnull=False,
                ),
                name="restriction_by_staff_has_an_effect",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number or self.pk}"
