"""Delinquency episodes (RULES, The day, 7). The engine alone writes these tables."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from billing.columns import loose
from billing.models import Bill, CreditLine
from risk.choices import Severity
from risk.models.decisions import Decision


class Episode(models.Model):
    """A line overdue from its first day until it is cured.

    The id is made of line and first day (`line * 100000 + days since 1970`), so that a
    recomputation finds the same episode under the same id. `frozen_dpd` is set while all its
    overdue bills are in a kept plan; else days past due are the day less `oldest_due`.
    """

    id = models.BigIntegerField(primary_key=True)
    customer = loose(Customer, _("customer"), related_name="episodes")
    line = loose(CreditLine, _("credit line"), related_name="episodes")
    opened_on = models.DateField(_("opened on"))
    cured_on = models.DateField(_("cured on"), null=True)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity)
    severe_on = models.DateField(_("severe since"), null=True)
    oldest_due = models.DateField(_("oldest due date"))
    frozen_dpd = models.IntegerField(_("days past due at rest"), null=True)
    reversed_on = models.DateField(_("reversed on"), null=True)

    class Meta:
        verbose_name = _("delinquency episode")
        verbose_name_plural = _("delinquency episodes")
        indexes: ClassVar = [
            # episodes of the last 365 days of a customer (age_episodes.sql, points_repeat.sql)
            models.Index(fields=["customer", "opened_on"], name="episode_by_customer"),
            # the night: holds and expiries count from the cure
            models.Index(
                fields=["cured_on"],
                name="episode_by_cure",
                condition=models.Q(cured_on__isnull=False),
            ),
            # the night: episodes of this opening
            models.Index(fields=["opened_on"], name="episode_by_first_day"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["line"],
                name="one_open_episode_a_line",
                condition=models.Q(cured_on=None, reversed_on=None),
            ),
            models.CheckConstraint(
                condition=models.Q(cured_on=None) | models.Q(cured_on__gte=models.F("opened_on")),
                name="episode_cured_no_sooner_than_opened",
            ),
            models.CheckConstraint(
                condition=models.Q(severity="severe", severe_on__isnull=False)
                | models.Q(severity="general", severe_on=None),
                name="severe_episode_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.opened_on}"


class EpisodeBill(models.Model):
    """A bill of an episode, from the opening at which it joined."""

    episode = loose(Episode, _("delinquency episode"), related_name="bills")
    bill = loose(Bill, _("bill"))
    customer = loose(Customer, _("customer"))
    joined_on = models.DateField(_("joined on"))

    class Meta:
        verbose_name = _("bill of an episode")
        verbose_name_plural = _("bills of an episode")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["episode", "bill"], name="bill_joins_an_episode_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer"], name="episode_bill_by_customer"),
            # the night: whose bills fell overdue today (notices/due.sql)
            models.Index(fields=["joined_on", "customer"], name="episode_bill_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}/{self.bill_id}"


class EpisodeAge(models.Model):
    """How an episode's age is counted from a day on; a row only where that changes."""

    episode = loose(Episode, _("delinquency episode"), related_name="ages")
    customer = loose(Customer, _("customer"))
    on = models.DateField(_("from"))
    oldest_due = models.DateField(_("oldest due date"))
    frozen_dpd = models.IntegerField(_("days past due at rest"), null=True)

    class Meta:
        verbose_name = _("age of an episode")
        verbose_name_plural = _("ages of an episode")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["episode", "on"], name="one_age_an_episode_and_day"),
        ]
        indexes: ClassVar = [models.Index(fields=["customer"], name="episode_age_by_customer")]

    def __str__(self) -> str:
        return f"{self.episode_id} {self.on}"


class Forgiveness(models.Model):
    """A granted appeal took back the past_due and repeat points of an episode up to a day."""

    decision = models.OneToOneField(
        Decision,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="+",
    )
    episode = loose(Episode, _("delinquency episode"), related_name="forgiven")
    customer = loose(Customer, _("customer"))
    on = models.DateField(_("from"))

    class Meta:
        verbose_name = _("forgiven episode")
        verbose_name_plural = _("forgiven episodes")
        indexes: ClassVar = [
            models.Index(fields=["episode"], name="forgiveness_by_episode"),
            models.Index(fields=["customer"], name="forgiveness_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id} {self.on}"
