"""The score: an append-only ledger of points, and its cached sum (RULES, The score)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from billing.columns import loose
from risk.choices import Cause
from risk.models.decisions import PolicyVersion


class Point(models.Model):
    """Points of one cause. In force from `on` until the day before they expire.

    `evidence_id` is the row that caused them; its kind follows from the cause: an episode
    (past_due, repeat, cured, clean), a bill (paid_on_time), a line (high_utilisation), a decision
    (income_verified), a plan (plan_kept, plan_broken, plan_ended), or the years (tenure).
    past_due and repeat have no date of expiry but `lasts_days`, counted from the episode's cure.
    """

    on = models.DateField(_("date"))
    customer = loose(Customer, _("customer"), related_name="points")
    cause = models.CharField(_("cause"), max_length=16, choices=Cause)
    threshold = models.PositiveIntegerField(_("threshold"), db_default=0)
    points = models.IntegerField(_("points"))
    evidence_id = models.BigIntegerField(_("evidence"))
    expires_on = models.DateField(_("expires on"), null=True)
    lasts_days = models.PositiveIntegerField(_("days after the cure"), null=True)
    policy = loose(PolicyVersion, _("policy version"), null=True)
    booked_on = models.DateField(_("booking date"))
    reverses_id = models.BigIntegerField(_("reverses"), null=True)
    version = models.PositiveSmallIntegerField(db_default=0)

    class Meta:
        verbose_name = _("score points")
        verbose_name_plural = _("score ledger")
        indexes: ClassVar = [
            # a customer's ledger, newest last: the customer page, a replay, sharp_drop
            models.Index(fields=["customer", "on"], name="point_by_customer"),
            # the night: points that end today (expire_points.sql)
            models.Index(
                fields=["expires_on"],
                name="point_by_expiry",
                condition=models.Q(expires_on__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["on", "customer", "cause", "threshold", "evidence_id", "version"],
                name="points_of_one_cause_stand_once",
                condition=models.Q(reverses_id=None),
            ),
            models.UniqueConstraint(
                fields=["reverses_id"],
                name="points_are_reversed_once",
                condition=models.Q(reverses_id__isnull=False),
            ),
            models.CheckConstraint(condition=~models.Q(points=0), name="points_are_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.cause} {self.points:+d}"


class Score(models.Model):
    """The sum of a customer's points in force, and the score it gives under the policy of the day.

    `ended_on` is the last opening at which points ended here, so that they end once.
    """

    customer = models.OneToOneField(
        Customer,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="score",
    )
    points = models.IntegerField(_("points in force"), db_default=0)
    score = models.IntegerField(_("score"))
    ended_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")

    def __str__(self) -> str:
        return str(self.score)


class Correction(models.Model):
    """That a recorded consequence was reversed or came back, and because of which fact."""

    customer = loose(Customer, _("customer"))
    subject = models.CharField(_("subject"), max_length=16)
    subject_id = models.BigIntegerField()
    act = models.CharField(_("act"), max_length=10)
    on = models.DateField(_("business date"))
    because_of = models.CharField(_("because of"), max_length=40)
    at = models.DateTimeField(_("at"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        indexes: ClassVar = [
            models.Index(fields=["customer", "on"], name="correction_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.subject} {self.subject_id}"
