"""What was last told of the credit status, so that a difference is told once (risk/notices)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from billing.columns import loose
from billing.models import CreditLine
from risk.choices import Status
from risk.models.restrictions import Restriction


class ToldState(models.TextChoices):
    """What is said of a restriction; `taken_back`: it never counted."""

    OPEN = "open", _("In force")
    LIFTED = "lifted", _("Lifted")
    TAKEN_BACK = "taken_back", _("Taken back")


class RestrictionTold(models.Model):
    """What was last told of a restriction, and what before that; `version` counts the tellings."""

    restriction = models.OneToOneField(
        Restriction,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="told",
    )
    customer = loose(Customer, _("customer"))
    state = models.CharField(_("state"), max_length=10, choices=ToldState)
    was = models.CharField(max_length=10, blank=True, db_default="")
    version = models.PositiveSmallIntegerField(db_default=1)
    on = models.DateField(_("business date"))

    class Meta:
        verbose_name = _("told restriction")
        verbose_name_plural = _("told restrictions")

    def __str__(self) -> str:
        return f"{self.restriction_id} {self.state}"


class StatusTold(models.Model):
    """What status of a line was last told. A line without a row was told to be active."""

    line = models.OneToOneField(
        CreditLine,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="+",
    )
    customer = loose(Customer, _("customer"))
    status = models.CharField(_("status"), max_length=10, choices=Status)
    factor = models.DecimalField(_("factor"), max_digits=13, decimal_places=12)
    was = models.CharField(max_length=10, choices=Status)
    version = models.PositiveIntegerField(db_default=1)
    on = models.DateField(_("business date"))

    class Meta:
        verbose_name = _("told line status")
        verbose_name_plural = _("told line statuses")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(factor__gte=0, factor__lte=1), name="told_factor_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.status}"
