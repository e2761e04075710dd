"""What staff saw in clear or took away: rows that the database lets nobody change.

A row is written before the value is shown or the first line leaves, so that nothing is seen that
no row tells of. Neither the value nor a whole phone or ID number stands in any of them.
"""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.fields import EncryptedTextField


class Identity(models.TextChoices):
    """What of a person is masked."""

    PHONE = "phone", _("Phone")
    ID_NUMBER = "id_number", _("ID number")


class RevealReason(models.TextChoices):
    CALL = "call", _("Identity check on a call")
    CORRECTION = "correction", _("Correction of data")
    AUTHORITY = "authority", _("Request of an authority")
    OTHER = "other", _("Other reason")


class ExportState(models.TextChoices):
    """`begun` is the row before the first line; one of the others follows it at the end."""

    BEGUN = "begun", _("Begun")
    WHOLE = "whole", _("Complete")
    BROKEN_OFF = "broken_off", _("Broken off")


class JobState(models.TextChoices):
    WAITING = "waiting", _("Waiting for a worker")
    RUNNING = "running", _("Being made")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Removed")


class Disclosure(models.Model):
    """Somebody of the staff was shown a customer's phone or ID number in clear."""

    at = models.DateTimeField(_("shown at"), db_default=Now(), editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    customer = models.ForeignKey(
        "accounts.Customer",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    field = models.CharField(_("what was shown"), max_length=16, choices=Identity)
    reason = models.CharField(_("reason"), max_length=16, choices=RevealReason)
    words = models.TextField(_("in words"))

    class Meta:
        verbose_name = _("disclosure")
        verbose_name_plural = _("disclosures")
        permissions: ClassVar = [
            ("reveal_identity", _("Can see phone and ID number of a customer in clear"))
        ]
        indexes: ClassVar = [
            # the audit log, newest first
            models.Index(fields=["-at", "-id"], name="disclosure_by_time"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_field_display()}"


class Export(models.Model):
    """Somebody of the staff took a list away as a file; its end is another row. `clear_reason`:
    why phone numbers were in it in clear; empty where they were masked."""

    at = models.DateTimeField(_("time"), db_default=Now(), editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    of = models.CharField(_("list"), max_length=80)
    filters = models.TextField(_("filters"), blank=True, db_default="")
    clear_reason = models.TextField(_("why in clear"), blank=True, db_default="")
    state = models.CharField(_("state"), max_length=16, choices=ExportState)
    ends = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="end",
        verbose_name=_("ends"),
    )
    rows = models.BigIntegerField(_("rows"), null=True, blank=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        permissions: ClassVar = [
            ("export_lists", _("Can export lists as files")),
            ("export_identity", _("Can export phone numbers in clear")),
        ]
        indexes: ClassVar = [
            # the audit log, newest first
            models.Index(fields=["-at", "-id"], name="export_by_time"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state=ExportState.BEGUN, ends=None, rows=None)
                | models.Q(
                    state__in=[ExportState.WHOLE, ExportState.BROKEN_OFF],
                    ends__isnull=False,
                    rows__gte=0,
                ),
                name="export_counts_its_rows_at_its_end",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_state_display()}"


class ExportJob(models.Model):
    """A file that a worker makes for somebody; `begun` is its row on the record.

    The query is encrypted: it may hold a phone number that was searched for.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    of = models.CharField(max_length=80)
    query = EncryptedTextField(null=True)
    form = models.CharField(max_length=4)
    language = models.CharField(max_length=10)
    begun = models.OneToOneField(Export, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=JobState, default=JobState.WAITING)
    attempts = models.IntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    asked_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("export job")
        verbose_name_plural = _("export jobs")
        default_permissions = ()
        indexes: ClassVar = [
            # one's own files, newest first
            models.Index(fields=["by", "-asked_at"], name="export_job_by_person"),
            # the sweep: what is not settled, and what is to be removed
            models.Index(
                fields=["state", "asked_at"],
                name="export_job_open",
                condition=models.Q(state__in=["waiting", "running", "done"]),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(form__in=["csv", "xlsx"]), name="export_job_has_a_known_form"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.of} {self.form}"
