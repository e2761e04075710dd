"""Bulk runs: one act on many, previewed and then done, each target once."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    CHOOSING = "choosing", _("Being prepared")
    PREVIEWED = "previewed", _("Previewed")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")


class TargetState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    ASKED = "asked", _("Sent for approval")
    REFUSED = "refused", _("Refused")
    SKIPPED = "skipped", _("Skipped")


class BulkRun(models.Model):
    """Many rows that somebody chose, and the act to be done on each.

    `of` says what the chosen are (customers or work items), `source` in words where they were
    chosen. A run that was never confirmed is taken away after a day; a confirmed one is kept.
    """

    of = models.CharField(_("rows of"), max_length=20)
    chosen = ArrayField(models.BigIntegerField(), verbose_name=_("chosen"))
    source = models.TextField(_("chosen from"), db_default="", default="")
    recipe = models.CharField(_("act"), max_length=40, db_default="", default="")
    data = models.JSONField(_("data"), default=dict)
    above = models.CharField(
        _("above one's authority"), max_length=4, db_default="ask", default="ask"
    )
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.CHOOSING)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    done_at = models.DateTimeField(_("done at"), null=True)

    class Meta:
        verbose_name = _("bulk act")
        verbose_name_plural = _("bulk acts")
        permissions: ClassVar = [("bulk_acts", _("Can act on many customers at once"))]
        indexes: ClassVar = [
            # what a worker still has to do (accounts/bulk/running.py: unfinished)
            models.Index(
                fields=["id"], name="bulk_run_running", condition=models.Q(state="running")
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=["choosing", "previewed"], confirmed_at=None)
                | models.Q(state__in=["running", "done"], confirmed_at__isnull=False),
                name="confirmed_run_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(above__in=["ask", "skip"]), name="above_authority_ask_or_skip"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class BulkTarget(models.Model):
    """One act of a run on one customer, and what came of it.

    Its token is that of the act or of the request it made: the same target twice makes one.
    """

    run = models.ForeignKey(
        BulkRun,
        on_delete=models.CASCADE,
        related_name="targets",
        db_index=False,
        verbose_name=_("bulk act"),
    )
    token = models.UUIDField(default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(
        "accounts.Customer",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("customer"),
    )
    subject_id = models.BigIntegerField(_("subject"))
    fill = models.JSONField(_("filled in"), default=dict)
    words = models.CharField(_("on"), max_length=200, db_default="", default="")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, default=0)
    alone = models.BooleanField(_("within authority"), default=True)
    state = models.CharField(
        _("state"), max_length=8, choices=TargetState, default=TargetState.WAITING
    )
    reason = models.CharField(_("why not"), max_length=300, db_default="", default="")
    act = models.ForeignKey(
        "accounts.StaffAct",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("act of staff"),
    )
    request = models.ForeignKey(
        "accounts.ActRequest",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("request for approval"),
    )
    at = models.DateTimeField(_("time"), null=True)

    class Meta:
        verbose_name = _("result of a bulk act")
        verbose_name_plural = _("results of bulk acts")
        indexes: ClassVar = [
            # the result list of a run, and its counts by state
            models.Index(fields=["run", "state", "id"], name="bulk_target_by_state"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(state__in=["refused", "skipped"]) | ~models.Q(reason=""),
                name="target_left_out_says_why",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=0, amount__lt=10**12),
                name="target_amount_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.pk}"
