"""The calendar of business days: which are open for whom, and who is left out."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from billing.choices import DayStatus, SliceStatus


class BusinessDay(models.Model):
    """A day of the book; days open strictly in order, and close when all slices are done."""

    on = models.DateField(_("day"), primary_key=True)
    status = models.CharField(
        _("status"), max_length=10, choices=DayStatus, default=DayStatus.OPENING
    )
    slices = models.PositiveSmallIntegerField(_("slices"))
    started_at = models.DateTimeField(_("started at"), db_default=models.functions.Now())
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    report = models.JSONField(
        _("report"), default=dict, db_default=models.Value({}, models.JSONField())
    )
    error = models.TextField(_("error"), blank=True, db_default="")

    class Meta:
        verbose_name = _("business day")
        verbose_name_plural = _("business days")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["status"],
                name="one_day_opens_at_a_time",
                condition=~models.Q(status="closed"),
            ),
        ]

    def __str__(self) -> str:
        return self.on.isoformat()


class DaySlice(models.Model):
    """One slice of one day, and when it is done by whom, with how many rows of each kind.

    Customer C belongs to slice C mod `of`. A slice is one transaction that holds this row locked:
    the lock is the lease, and dies with its worker.
    """

    day = models.ForeignKey(BusinessDay, on_delete=models.PROTECT, related_name="parts")
    number = models.PositiveSmallIntegerField(_("slice"))
    of = models.PositiveSmallIntegerField(_("of"))
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=SliceStatus,
        default=SliceStatus.WAITING,
        db_default=SliceStatus.WAITING,
    )
    owner = models.CharField(_("worker"), max_length=120, blank=True, db_default="")
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    rows = models.JSONField(
        _("rows"), default=dict, db_default=models.Value({}, models.JSONField())
    )
    seconds = models.JSONField(
        _("seconds"), default=dict, db_default=models.Value({}, models.JSONField())
    )
    error = models.TextField(_("error"), blank=True, db_default="")

    class Meta:
        verbose_name = _("slice of a day")
        verbose_name_plural = _("slices of a day")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "number"], name="one_slice_a_number"),
        ]

    def __str__(self) -> str:
        return f"{self.day_id} {self.number}/{self.of}"


class AheadOfNight(models.Model):
    """A customer whose day was opened alone, before the night came to it."""

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    opened_on = models.DateField(_("opened through"))

    class Meta:
        verbose_name = _("customer ahead of the night")
        verbose_name_plural = _("customers ahead of the night")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.opened_on}"


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Quarantine(models.Model):
    """A customer whose day could not be opened: left out until somebody frees them."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    since = models.DateField(_("first day not opened"))
    error = models.TextField(_("error"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), db_default=1)
    quarantined_at = models.DateTimeField(_("quarantined at"), db_default=models.functions.Now())
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    released_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("quarantined customer")
        verbose_name_plural = _("quarantined customers")
        permissions: ClassVar = [("retry_quarantine", _("Can open a quarantined customer again"))]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer"],
                name="one_quarantine_at_a_time",
                condition=models.Q(released_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.since}"
