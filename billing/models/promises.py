"""Promises to pay: what a customer promised, that it was taken back, and how it stands.

A promise is a record like a fact: booked once, never edited. It changes nothing of what is owed;
what became of it is decided by `billing/engine/promises.py`, the only writer of PromiseState.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from billing.choices import PromiseEndKind, PromiseStatus
from billing.columns import MoneyField, amounts, loose
from billing.models.lines import CreditLine


class PromiseToPay(models.Model):
    """One amount by one date; those of one `number` were promised together.

    `last_on` is the last day on which money counts: the date and the grace of the terms of the
    day. `threshold` and `tolerance` are of the same terms: a promise keeps its rules. Repayments
    booked after fact `after_fact` count, from `made_on` on.
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    line = models.ForeignKey(CreditLine, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(_("number"), max_length=80)
    n = models.PositiveSmallIntegerField(_("part"))
    amount = MoneyField(_("amount"))
    due_on = models.DateField(_("promised by"))
    last_on = models.DateField(_("last day"))
    threshold = models.DecimalField(_("partly kept from"), max_digits=13, decimal_places=12)
    tolerance = MoneyField(_("tolerance"))
    made_on = models.DateField(_("promised on"))
    after_fact = models.BigIntegerField(db_default=0)
    booked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    booked_at = models.DateTimeField(_("booked at"), db_default=models.functions.Now())
    reason = models.TextField(_("reason"), blank=True, db_default="")

    class Meta:
        db_table = "billing_promise"
        verbose_name = _("promise to pay")
        verbose_name_plural = _("promises to pay")
        indexes: ClassVar = [
            # a customer's promises: their page, a repayment that may keep one
            models.Index(fields=["customer", "made_on"], name="promise_by_customer"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number", "n"], name="promise_is_booked_once"),
            models.UniqueConstraint(
                fields=["number", "due_on"], name="promise_has_one_amount_a_date"
            ),
            models.CheckConstraint(
                condition=amounts("amount", "tolerance") & models.Q(amount__gt=0),
                name="promise_is_of_some_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(threshold__gte=0, threshold__lte=1),
                name="promise_threshold_is_a_share",
            ),
            models.CheckConstraint(
                condition=models.Q(due_on__gte=models.F("made_on"))
                & models.Q(last_on__gte=models.F("due_on")),
                name="promise_is_due_no_sooner_than_made",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}/{self.n}"


class PromiseEnd(models.Model):
    """What was promised together was taken back, or a new promise took its place."""

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.CharField(_("number"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=PromiseEndKind)
    on = models.DateField(_("date"))
    after_fact = models.BigIntegerField(db_default=0)
    new_number = models.CharField(_("new promise"), max_length=80, blank=True, db_default="")
    booked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    booked_at = models.DateTimeField(_("booked at"), db_default=models.functions.Now())
    reason = models.TextField(_("reason"), blank=True, db_default="")

    class Meta:
        db_table = "billing_promiseend"
        verbose_name = _("end of a promise")
        verbose_name_plural = _("ends of promises")
        indexes: ClassVar = [
            # a customer's promises: the timeline
            models.Index(fields=["customer"], name="promise_end_by_customer"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind=PromiseEndKind.WITHDRAWN, new_number="")
                | models.Q(kind=PromiseEndKind.SUPERSEDED) & ~models.Q(new_number=""),
                name="superseded_promise_names_the_new_one",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PromiseState(models.Model):
    """How a promise stands; `counted` is the money that counts for it."""

    promise = models.OneToOneField(
        PromiseToPay,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="state",
    )
    customer = loose(Customer, _("customer"))
    line = loose(CreditLine, _("credit line"))
    last_on = models.DateField(_("last day"))
    status = models.CharField(_("status"), max_length=12, choices=PromiseStatus)
    counted = MoneyField(_("paid of it"), db_default=0)
    decided_on = models.DateField(_("decided on"), null=True)

    class Meta:
        db_table = "billing_promisestate"
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        indexes: ClassVar = [
            # the night: promises whose last day has passed (decide_promises.sql)
            models.Index(
                fields=["last_on"], name="promise_open", condition=models.Q(status="open")
            ),
            # a repayment: what it may keep (follow_promises.sql)
            models.Index(fields=["line"], name="promise_by_line"),
            # the work list: what was broken lately
            models.Index(
                fields=["decided_on"],
                name="promise_broken",
                condition=models.Q(status__in=["broken", "partly_kept"]),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status="open", decided_on=None)
                | ~models.Q(status="open") & models.Q(decided_on__isnull=False),
                name="decided_promise_has_a_date",
            ),
            models.CheckConstraint(
                condition=amounts("counted"), name="promise_counts_no_less_than_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.promise_id} {self.status}"
