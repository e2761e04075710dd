"""Alerts, restrictions per cause with their evidence, and the fold of them per line."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from billing.columns import loose
from billing.models import CreditLine
from risk.choices import Effect, EvidenceKind, Status, Trigger
from risk.models.decisions import Decision, PolicyVersion


class Alert(models.Model):
    """An alert while its condition holds, or until staff close it."""

    customer = loose(Customer, _("customer"), related_name="alerts")
    code = models.CharField(_("code"), max_length=40)
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True)
    closed_by = loose(Decision, _("closed by"), null=True)
    points_lost = models.PositiveIntegerField(_("points lost"))
    reversed_on = models.DateField(_("reversed on"), null=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        indexes: ClassVar = [
            models.Index(fields=["customer", "opened_on"], name="alert_by_customer"),
            # the night: what an alert that began or ended today restricts (restrict.sql)
            models.Index(fields=["opened_on"], name="alert_by_first_day"),
            models.Index(
                fields=["closed_on"],
                name="alert_by_last_day",
                condition=models.Q(closed_on__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "code"],
                name="one_open_alert_a_code",
                condition=models.Q(closed_on=None, reversed_on=None),
            ),
            models.UniqueConstraint(
                fields=["customer", "code", "opened_on"], name="alert_opens_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.opened_on}"


class Restriction(models.Model):
    """One cause that restricts one line, from its first day until the day before `until_on`.

    A row per rule (code, trigger, effect, factor). One that was lifted on its first day keeps
    `until_on = from_on`: it held between the opening and the repayment.
    """

    customer = loose(Customer, _("customer"), related_name="restrictions")
    line = loose(CreditLine, _("credit line"), related_name="restrictions")
    code = models.CharField(_("code"), max_length=100)
    trigger = models.CharField(_("trigger"), max_length=16, choices=Trigger)
    effect = models.CharField(_("effect"), max_length=8, choices=Effect)
    factor = models.DecimalField(_("factor"), max_digits=13, decimal_places=12)
    policy = loose(PolicyVersion, _("policy version"), null=True)
    from_on = models.DateField(_("first day"))
    until_on = models.DateField(_("lifted on"), null=True)
    reversed_on = models.DateField(_("reversed on"), null=True)

    class Meta:
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        indexes: ClassVar = [
            models.Index(fields=["customer", "from_on"], name="restriction_by_customer"),
            # newest restrictions first: the desk's list
            models.Index(fields=["from_on", "id"], name="restriction_by_first_day"),
            # what ended when: the day's report, the desk's dashboard
            models.Index(
                fields=["until_on"],
                name="restriction_by_last_day",
                condition=models.Q(until_on__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["line", "code", "trigger", "effect", "factor"],
                name="one_standing_restriction_a_rule",
                condition=models.Q(until_on=None, reversed_on=None),
            ),
            models.UniqueConstraint(
                fields=["line", "code", "trigger", "effect", "factor", "from_on"],
                name="restriction_starts_once_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(until_on=None) | models.Q(until_on__gte=models.F("from_on")),
                name="restriction_ends_no_sooner_than_it_starts",
            ),
            models.CheckConstraint(
                condition=models.Q(factor__gte=0, factor__lte=1), name="factor_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}@{self.line_id}"


class RestrictionEvidence(models.Model):
    """A row that made the trigger of a restriction hold, from a day on."""

    restriction = loose(Restriction, _("restriction"), related_name="evidence")
    customer = loose(Customer, _("customer"))
    kind = models.CharField(_("kind"), max_length=8, choices=EvidenceKind)
    evidence_id = models.BigIntegerField(_("evidence"))
    on = models.DateField(_("from"))

    class Meta:
        verbose_name = _("evidence of a restriction")
        verbose_name_plural = _("evidence of restrictions")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["restriction", "kind", "evidence_id"], name="evidence_stands_once"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["customer"], name="evidence_by_customer")]

    def __str__(self) -> str:
        return f"{self.kind} {self.evidence_id}"


class LineStatus(models.Model):
    """The fold of a line's restrictions in force. A line without a row is active."""

    line = models.OneToOneField(
        CreditLine,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="status",
    )
    customer = loose(Customer, _("customer"))
    status = models.CharField(_("status"), max_length=10, choices=Status)
    factor = models.DecimalField(_("factor"), max_digits=13, decimal_places=12)

    class Meta:
        verbose_name = _("line status")
        verbose_name_plural = _("line statuses")
        indexes: ClassVar = [models.Index(fields=["customer"], name="line_status_by_customer")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status="suspended", factor=0)
                | models.Q(status="reduced", factor__gte=0, factor__lte=1),
                name="suspended_line_has_no_limit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.status}"
