"""Facts: what happened, booked once and never edited (RULES, Facts and consequences)."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from billing.choices import FactKind, Held, Outcome
from billing.columns import MoneyField
from billing.models.lines import CreditLine


class Fact(models.Model):
    """One booked fact. Facts of one value date count in the order (booked_on, id).

    `number` is what the outside calls it: the bill's, the repayment's, the plan's number; the end
    of a plan carries that of the plan.
    `bill_number` names the bill it is about; the bill may be issued later, or not at all.
    `until_on` is the first day on which a hold no longer stands, if that is known when it is
    placed. A release carries its hold's number. `plan_number` names the plan that a waiver hangs
    on. `draw_number` names the draw that is settled early, by its number or else its id.
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    line = models.ForeignKey(CreditLine, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=16, choices=FactKind)
    number = models.CharField(_("number"), max_length=80, null=True, blank=True)
    booked_on = models.DateField(_("booking date"), help_text=_("when we learned of it"))
    value_on = models.DateField(_("value date"), help_text=_("when it counts"))
    amount = MoneyField(_("amount"), null=True, blank=True)
    interest = MoneyField(_("interest"), null=True, blank=True)
    due_on = models.DateField(_("due date"), null=True, blank=True)
    instalments = models.PositiveSmallIntegerField(_("instalments"), null=True, blank=True)
    bill_number = models.CharField(_("bill"), max_length=80, null=True, blank=True)
    bill_numbers = ArrayField(
        models.CharField(max_length=80), verbose_name=_("bills"), null=True, blank=True
    )
    until_on = models.DateField(_("until"), null=True, blank=True)
    holds = ArrayField(
        models.CharField(max_length=10, choices=Held),
        verbose_name=_("what is held"),
        null=True,
        blank=True,
    )
    plan_number = models.CharField(
        _("on condition of the plan"), max_length=80, null=True, blank=True
    )
    draw_number = models.CharField(_("draw"), max_length=80, null=True, blank=True)
    due_day = models.PositiveSmallIntegerField(_("due day"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, null=True, blank=True)
    reverses = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    booked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    reason = models.TextField(_("reason"), blank=True, db_default="")
    booked_at = models.DateTimeField(_("booked at"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        indexes: ClassVar = [
            # the day's facts of a slice or of one customer, in order (billing/queries.py: rounds)
            models.Index(fields=["value_on", "customer"], name="fact_by_value_date"),
            # a customer's facts: the customer page, a replay
            models.Index(fields=["customer", "value_on"], name="fact_by_customer"),
            # what was refunded or disputed of a bill (open_bills.sql, points_paid_on_time.sql)
            models.Index(
                fields=["bill_number"],
                name="fact_about_bill",
                condition=models.Q(kind__in=["refund", "dispute", "resolve_dispute"]),
            ),
            # the opening: holds that begin or are released on the day (take_holds.sql)
            models.Index(
                fields=["value_on"],
                name="fact_of_a_hold",
                condition=models.Q(kind__in=["hold", "release_hold"]),
            ),
            # a plan's conditional waivers (return_waivers.sql)
            models.Index(
                fields=["plan_number"],
                name="waiver_hangs_on_a_plan",
                condition=models.Q(plan_number__isnull=False),
            ),
            # due days of the customers' own (issue_statements.sql)
            models.Index(
                fields=["customer"],
                name="due_day_by_customer",
                condition=models.Q(kind="due_day"),
            ),
            # customers who settled early (rewind.sql)
            models.Index(
                fields=["customer"],
                name="settlement_by_customer",
                condition=models.Q(kind="settle"),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["number", "kind"],
                name="fact_is_booked_once",
                condition=models.Q(number__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["reverses"],
                name="repayment_is_reversed_once",
                condition=models.Q(reverses__isnull=False),
            ),
            models.CheckConstraint(
                condition=models.Q(value_on__lte=models.F("booked_on")),
                name="fact_counts_no_later_than_booked",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True)
                | models.Q(amount__gte=0, amount__lt=10**12),
                name="fact_amount_is_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(interest__isnull=True)
                | models.Q(interest__gte=0, interest__lt=10**12),
                name="fact_interest_is_not_negative",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="bill")
                | models.Q(
                    number__isnull=False,
                    amount__isnull=False,
                    interest__isnull=False,
                    due_on__isnull=False,
                    due_on__gte=models.F("value_on"),
                ),
                name="bill_due_no_sooner_than_issued",
            ),
            models.CheckConstraint(
                condition=~models.Q(
                    kind__in=["purchase", "draw", "repay", "refund", "dispute", "limit"]
                )
                | models.Q(amount__isnull=False),
                name="fact_of_money_has_an_amount",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["refund", "dispute", "resolve_dispute", "waive"])
                | models.Q(bill_number__isnull=False),
                name="fact_about_a_bill_names_it",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="draw")
                | models.Q(instalments__gte=1, instalments__isnull=False),
                name="draw_has_instalments",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="resolve_dispute")
                | models.Q(outcome__in=["customer", "lender"], outcome__isnull=False),
                name="decided_dispute_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="reverse") | models.Q(reverses__isnull=False),
                name="reversal_names_what_it_reverses",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="plan") | models.Q(bill_numbers__isnull=False),
                name="plan_names_its_bills",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="end_plan") | models.Q(number__isnull=False),
                name="end_of_a_plan_names_it",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="hold")
                | models.Q(
                    number__isnull=False,
                    holds__isnull=False,
                    holds__contained_by=["fees", "milestones", "interest"],
                    holds__len__gte=1,
                ),
                name="hold_says_what_it_holds",
            ),
            models.CheckConstraint(
                condition=models.Q(until_on__isnull=True)
                | models.Q(kind="hold", until_on__gt=models.F("value_on")),
                name="hold_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="release_hold") | models.Q(number__isnull=False),
                name="release_names_its_hold",
            ),
            models.CheckConstraint(
                condition=models.Q(plan_number__isnull=True) | models.Q(kind="waive"),
                name="waiver_alone_hangs_on_a_plan",
            ),
            models.CheckConstraint(
                condition=models.Q(due_day__isnull=True) & ~models.Q(kind="due_day")
                | models.Q(kind="due_day", due_day__isnull=False, due_day__gte=1, due_day__lte=28),
                name="due_day_is_in_every_month",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="payout")
                | models.Q(number__isnull=False, amount__isnull=False),
                name="payout_has_a_number_and_an_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(draw_number__isnull=True) & ~models.Q(kind="settle")
                | models.Q(kind="settle", draw_number__isnull=False, number__isnull=False),
                name="settlement_names_its_draw",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number or self.pk}"


class PlanInstalment(models.Model):
    """What the plan of `fact` asks for by a date; part of the fact, never edited."""

    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="plan_instalments")
    due_on = models.DateField(_("due date"))
    amount = MoneyField(_("amount"))

    class Meta:
        verbose_name = _("plan instalment")
        verbose_name_plural = _("plan instalments")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(amount__gte=0, amount__lt=10**12),
                name="instalment_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.due_on} {self.amount}"
