"""What follows from the facts in money. The engine alone writes these tables.

Entry is the truth, append-only; OpenBill and LineState cache its sums for what is open now and
are checked against it every night. Columns that the night changes stand in no index, so that
their updates stay in place. Entries carry no foreign keys: a check costs more than the insert;
`check_book` looks for strays.
"""

import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from billing.choices import BillOrigin, Component, EntryKind, Outcome, PlanStatus, Product
from billing.columns import MoneyField, amounts, loose
from billing.models.facts import Fact
from billing.models.lines import CreditLine

#: The date of issue of a bill that an early settlement, booked late, has undone: it owes nothing,
#: keeps its id and number, and comes back as the same bill should a correction ask for it again.
NEVER = datetime.date.min


class Bill(models.Model):
    """A bill as issued. Its id is that of the fact that made it, where one did."""

    id = models.BigIntegerField(primary_key=True)
    customer = loose(Customer, _("customer"))
    line = loose(CreditLine, _("credit line"))
    number = models.CharField(_("number"), max_length=80, unique=True)
    origin = models.CharField(_("origin"), max_length=12, choices=BillOrigin)
    issued_on = models.DateField(_("issued on"))
    booked_on = models.DateField(_("booking date"))
    sequence = models.BigIntegerField(help_text="booking order among bills of one opening or day")
    due_on = models.DateField(_("due date"))
    principal = MoneyField(_("principal as issued"))
    interest = MoneyField(_("interest as issued"))

    class Meta:
        verbose_name = _("bill")
        verbose_name_plural = _("bills")
        indexes: ClassVar = [
            # the night: bills due yesterday (points_paid_on_time.sql)
            models.Index(fields=["due_on", "customer"], name="bill_by_due_date"),
            # the night: bills issued today or yesterday (open_bills.sql,
            # points_high_utilisation.sql)
            models.Index(fields=["issued_on", "customer"], name="bill_by_issue_date"),
            # a customer's bills, newest first: the customer page, a replay
            models.Index(fields=["customer", "issued_on"], name="bill_by_customer"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(due_on__gte=models.F("issued_on")),
                name="bill_due_no_sooner_than_its_issue",
            ),
            models.CheckConstraint(
                condition=amounts("principal", "interest"), name="bill_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_void(self) -> bool:
        return self.issued_on == NEVER


class Charge(models.Model):
    """A purchase, or an instalment of a draw, on its way to a bill."""

    fact = loose(Fact, _("fact"))
    n = models.PositiveSmallIntegerField(_("instalment"), help_text="0 for a purchase")
    customer = loose(Customer, _("customer"))
    line = loose(CreditLine, _("credit line"))
    number = models.CharField(_("number"), max_length=80)
    value_on = models.DateField(_("value date"))
    booked_on = models.DateField(_("booking date"))
    due_on = models.DateField(_("due date"), null=True)
    principal = MoneyField(_("principal"))
    interest = MoneyField(_("interest"))
    rate = models.DecimalField(
        _("daily interest rate"),
        max_digits=13,
        decimal_places=12,
        null=True,
        help_text="that of a loan is agreed when it is drawn",
    )
    bill = loose(Bill, _("bill"), null=True)

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        indexes: ClassVar = [
            # statement day: what is on no bill yet (issue_statements.sql)
            models.Index(
                fields=["line"], name="charge_unbilled", condition=models.Q(bill=None, due_on=None)
            ),
            # the night: instalments whose billing day has come (issue_instalments.sql)
            models.Index(
                fields=["due_on"],
                name="instalment_unbilled",
                condition=models.Q(bill=None, due_on__isnull=False),
            ),
            # a customer's purchases and loans: the customer page, a replay
            models.Index(fields=["customer", "value_on"], name="charge_by_customer"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fact", "n"], name="charge_stands_once"),
            models.CheckConstraint(
                condition=amounts("principal", "interest"), name="charge_is_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(due_on=None, rate=None)
                | models.Q(due_on__isnull=False, rate__isnull=False, rate__gte=0, rate__lte=1),
                name="instalment_has_a_rate",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OpenBill(models.Model):
    """What is owed on a bill now. A bill that owes nothing has no row here."""

    bill = models.OneToOneField(
        Bill,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="open",
    )
    customer = loose(Customer, _("customer"))
    line = loose(CreditLine, _("credit line"))
    product = models.CharField(max_length=20, choices=Product)
    due_on = models.DateField(_("due date"))
    principal = MoneyField(_("principal outstanding"))
    interest = MoneyField(_("interest outstanding"))
    fee = MoneyField(_("fees outstanding"), db_default=0)
    fees_charged = MoneyField(_("fees charged"), db_default=0)
    cap_principal = MoneyField(_("principal that caps the fees"))
    overdue_on = models.DateField(_("overdue since"), null=True)
    plan_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("open bill")
        verbose_name_plural = _("open bills")
        indexes: ClassVar = [
            # one customer's debt: every repayment, every screen
            models.Index(fields=["customer"], name="open_bill_by_customer"),
            # the night: what falls overdue (mark_overdue.sql)
            models.Index(
                fields=["due_on"], name="open_bill_not_overdue", condition=models.Q(overdue_on=None)
            ),
            # the night: what is overdue (charge_fees.sql, age_episodes.sql)
            models.Index(
                fields=["line"],
                name="open_bill_overdue",
                condition=models.Q(overdue_on__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=amounts("principal", "interest", "fee", "fees_charged", "cap_principal"),
                name="open_bill_owes_no_less_than_nothing",
            ),
        ]

    def __str__(self) -> str:
        return str(self.bill_id)


class LineState(models.Model):
    """What changes of a line: its assigned limit, credit balance, and what is not billed yet."""

    line = models.OneToOneField(
        CreditLine, on_delete=models.PROTECT, primary_key=True, related_name="state"
    )
    customer = loose(Customer, _("customer"))
    assigned_limit = MoneyField(_("assigned limit"))
    credit = MoneyField(_("credit balance"), db_default=0)
    unbilled = MoneyField(_("not billed yet"), db_default=0)

    class Meta:
        verbose_name = _("line state")
        verbose_name_plural = _("line states")
        indexes: ClassVar = [
            # the lines of a customer, with every repayment
            models.Index(fields=["customer"], name="line_state_by_customer"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=amounts("assigned_limit", "credit", "unbilled"),
                name="line_state_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return str(self.line_id)


class Entry(models.Model):
    """A movement of money. Signed: plus is owed by the customer, on `credit` plus is owed to them.

    `value_on` is the day whose state it belongs to; `for_on` the date it is for (a grace day's
    fee is charged later than its date). `version` counts how often the same entry was reversed
    before, so that one natural key never stands twice.
    """

    value_on = models.DateField(_("value date"))
    customer = loose(Customer, _("customer"))
    line = loose(CreditLine, _("credit line"))
    bill = loose(Bill, _("bill"), null=True)
    component = models.CharField(_("component"), max_length=10, choices=Component)
    kind = models.CharField(_("kind"), max_length=10, choices=EntryKind)
    amount = MoneyField(_("amount"))
    for_on = models.DateField(_("date"))
    booked_on = models.DateField(_("booking date"))
    fact = loose(Fact, _("fact"), null=True)
    reverses_id = models.BigIntegerField(_("reverses"), null=True)
    version = models.PositiveSmallIntegerField(db_default=0)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        indexes: ClassVar = [
            # the day's entries; a customer's through a skip scan (PostgreSQL 18)
            models.Index(fields=["value_on", "customer"], name="entry_by_value_date"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["for_on", "bill", "version"],
                name="one_late_fee_a_bill_and_day",
                condition=models.Q(kind="fee", reverses_id=None),
            ),
            models.UniqueConstraint(
                fields=["fact", "value_on", "version"],
                name="waiver_is_taken_back_once",
                condition=models.Q(kind="returned", reverses_id=None),
            ),
            models.UniqueConstraint(
                fields=["reverses_id"],
                name="entry_is_reversed_once",
                condition=models.Q(reverses_id__isnull=False),
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gt=-(10**12), amount__lt=10**12),
                name="entry_amount_is_finite",
            ),
            models.CheckConstraint(
                condition=models.Q(component="credit", bill=None)
                | models.Q(bill__isnull=False) & ~models.Q(component="credit"),
                name="entry_is_on_a_bill_or_on_credit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class Plan(models.Model):
    """A repayment plan as it stands. Its id is that of the fact that agreed it."""

    id = models.BigIntegerField(primary_key=True)
    customer = loose(Customer, _("customer"))
    line = loose(CreditLine, _("credit line"))
    number = models.CharField(_("number"), max_length=80)
    started_on = models.DateField(_("agreed on"))
    status = models.CharField(_("status"), max_length=10, choices=PlanStatus)
    ended_on = models.DateField(_("ended on"), null=True)
    counted = MoneyField(_("counted towards it"), db_default=0)

    class Meta:
        verbose_name = _("repayment plan")
        verbose_name_plural = _("repayment plans")
        indexes: ClassVar = [
            models.Index(fields=["customer"], name="plan_by_customer"),
            # the night: plans that may break (break_plans.sql)
            models.Index(fields=["line"], name="plan_kept", condition=models.Q(status="kept")),
            # the night: customers held by a broken plan (restrict.sql)
            models.Index(
                fields=["ended_on"], name="plan_broken", condition=models.Q(status="broken")
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status="kept", ended_on=None)
                | ~models.Q(status="kept") & models.Q(ended_on__isnull=False),
                name="plan_ends_with_a_date",
            ),
            models.CheckConstraint(
                condition=amounts("counted"), name="plan_counts_no_less_than_nothing"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PlanBill(models.Model):
    """A bill that a plan covers."""

    plan = loose(Plan, _("repayment plan"))
    bill = loose(Bill, _("bill"))
    customer = loose(Customer, _("customer"))

    class Meta:
        verbose_name = _("covered bill")
        verbose_name_plural = _("covered bills")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "bill"], name="plan_covers_a_bill_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["customer"], name="plan_bill_by_customer")]

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.bill_id}"


class Dispute(models.Model):
    """The dispute of a bill, from the day it took effect. `moved` left the bill's principal."""

    bill = models.OneToOneField(
        Bill,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="dispute",
    )
    customer = loose(Customer, _("customer"))
    fact = loose(Fact, _("fact"))
    filed_on = models.DateField(_("filed on"))
    amount = MoneyField(_("disputed amount"))
    moved = MoneyField(_("moved out of the bill"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, null=True)
    decided_on = models.DateField(_("decided on"), null=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        indexes: ClassVar = [models.Index(fields=["customer"], name="dispute_by_customer")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(outcome=None, decided_on=None)
                | models.Q(outcome__isnull=False, decided_on__isnull=False),
                name="decided_dispute_has_a_date",
            ),
            models.CheckConstraint(
                condition=amounts("amount", "moved"), name="dispute_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return str(self.bill_id)
