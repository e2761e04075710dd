"""Payment channels: what they told us, what they settled, and where the two differ."""

import uuid
from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import EncryptedTextField
from accounts.models import Customer, User
from billing.choices import (
    BreakKind,
    BreakState,
    FileState,
    NoticeKind,
    PaymentState,
    Remedy,
)
from billing.columns import MoneyField, amounts, loose, totals
from billing.models.facts import Fact
from billing.models.lines import CreditLine


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    exclude=["secret", "secret_before"],
)
class Channel(models.Model):
    """A payment channel, and how its settlement file is laid out (billing/channels/layout.py).

    `settles_after`: so many days after a payment's value date its line has to have come.
    `debit_times`: when it debits accounts on a due day, in the book's time zone; none, never.
    """

    code = models.SlugField(_("code"), max_length=24, unique=True)
    name = models.CharField(_("name"), max_length=80)
    layout = models.JSONField(_("layout of its file"))
    contact = models.EmailField(_("e-mail for questions"), blank=True, default="")
    settles_after = models.PositiveSmallIntegerField(_("settles after days"), default=0)
    debit_times = ArrayField(
        models.TimeField(),
        verbose_name=_("auto-debit at"),
        default=list,
        db_default=models.Value([], ArrayField(models.TimeField())),
        blank=True,
        help_text=_("times of a due day: 08:00,13:00,18:00; empty for none"),
    )
    active = models.BooleanField(_("active"), default=True)
    secret = EncryptedTextField(_("secret for notices"), null=True, blank=True)
    secret_before = EncryptedTextField(_("secret before"), null=True, blank=True)
    since = models.DateField(_("in use since"))

    class Meta:
        verbose_name = _("payment channel")
        verbose_name_plural = _("payment channels")

    def __str__(self) -> str:
        return self.name


class ChannelPayment(models.Model):
    """One payment as a channel names it; unique by channel and the channel's own id.

    `account` is how the channel names the line it is for. Without a line we know, it waits in
    suspense; a reversal that came before its payment waits for it without an amount.
    """

    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="payments", verbose_name=_("channel")
    )
    payment_id = models.CharField(_("payment"), max_length=64)
    account = models.CharField(_("account named"), max_length=80, blank=True, default="")
    amount = MoneyField(_("amount"), null=True, blank=True)
    value_on = models.DateField(_("value date"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    state = models.CharField(_("state"), max_length=16, choices=PaymentState)
    why = models.CharField(_("why"), max_length=200, blank=True, default="")
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    line = models.ForeignKey(
        CreditLine, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    fact = models.OneToOneField(
        Fact, on_delete=models.PROTECT, null=True, blank=True, related_name="channel_payment",
        verbose_name=_("repayment"),
    )  # fmt: skip
    reversal = models.OneToOneField(
        Fact, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("reversal"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("channel payment")
        verbose_name_plural = _("channel payments")
        indexes: ClassVar = [
            # the desk: what waits for a line (suspense), oldest first
            models.Index(
                fields=["received_at"],
                name="payment_in_suspense",
                condition=models.Q(state="suspense"),
            ),
            # reconciliation: payments of a value date that no file has (missing_at_channel.sql)
            models.Index(fields=["channel", "value_on"], name="payment_by_value_date"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "payment_id"], name="channel_payment_stands_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="awaiting", amount=None, value_on=None)
                | (
                    ~models.Q(state="awaiting")
                    & models.Q(amount__isnull=False, amount__gt=0, amount__lt=10**12)
                    & models.Q(value_on__isnull=False)
                ),
                name="channel_payment_has_an_amount",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="booked")
                | models.Q(fact__isnull=False, line__isnull=False, reversal=None),
                name="booked_payment_names_its_repayment",
            ),
        ]

    def __str__(self) -> str:
        return self.payment_id


class ChannelNotice(models.Model):
    """What a channel told us, once by its own event id; `outcome` is what we did. Never edited."""

    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="+", verbose_name=_("channel")
    )
    event_id = models.CharField(_("event"), max_length=64)
    kind = models.CharField(_("kind"), max_length=10, choices=NoticeKind)
    payment = models.ForeignKey(
        ChannelPayment, on_delete=models.PROTECT, related_name="notices", verbose_name=_("payment")
    )
    body_hash = models.CharField(max_length=64)
    outcome = models.CharField(_("outcome"), max_length=16)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)

    class Meta:
        verbose_name = _("channel notice")
        verbose_name_plural = _("channel notices")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "event_id"], name="channel_event_is_taken_once"
            ),
        ]

    def __str__(self) -> str:
        return self.event_id


class SettlementFile(models.Model):
    """A channel's file of a day, once by its content."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="files", verbose_name=_("channel")
    )
    day = models.DateField(_("settlement day"))
    name = models.CharField(_("file name"), max_length=120)
    sha256 = models.CharField(_("fingerprint"), max_length=64, unique=True)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    received_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("received by"),
    )  # fmt: skip
    source = models.CharField(_("came by"), max_length=10)
    state = models.CharField(_("state"), max_length=12, choices=FileState)
    lines = models.PositiveIntegerField(pgettext_lazy("of a file", "lines"), default=0)
    report = models.JSONField(_("report"), default=dict)

    class Meta:
        verbose_name = _("settlement file")
        verbose_name_plural = _("settlement files")
        indexes: ClassVar = [
            models.Index(fields=["channel", "day"], name="settlement_file_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.day}"


class SettlementLine(models.Model):
    """A line of a file as received, and what it says. Never edited: what does not match is a
    break, so that a line without one is matched."""

    file = models.ForeignKey(SettlementFile, on_delete=models.PROTECT, related_name="+")
    channel_id = models.BigIntegerField()
    number = models.PositiveIntegerField(pgettext_lazy("of a file", "line"))
    raw = models.TextField(_("as received"))
    kind = models.CharField(_("kind"), max_length=10, choices=NoticeKind, null=True)
    payment_id = models.CharField(_("payment"), max_length=64, null=True)
    amount = MoneyField(_("amount"), null=True)
    value_on = models.DateField(_("value date"), null=True)
    account = models.CharField(_("account named"), max_length=80, null=True)
    error = models.CharField(_("error"), max_length=200, null=True)

    class Meta:
        verbose_name = _("settlement line")
        verbose_name_plural = _("settlement lines")
        indexes: ClassVar = [
            # matching: is the payment on any line (match_lines.sql, missing_at_channel.sql)
            models.Index(fields=["channel_id", "payment_id"], name="settlement_line_by_payment"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["file", "number"], name="settlement_line_stands_once"),
            models.CheckConstraint(
                condition=models.Q(amount=None) | amounts("amount"),
                name="settlement_line_is_of_an_amount",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class Break(models.Model):
    """Where the book and a channel differ, until somebody settles it."""

    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="breaks", verbose_name=_("channel")
    )
    day = models.DateField(_("settlement day"))
    kind = models.CharField(_("kind"), max_length=20, choices=BreakKind)
    file = models.ForeignKey(
        SettlementFile, on_delete=models.PROTECT, null=True, blank=True, related_name="breaks",
        verbose_name=_("settlement file"),
    )  # fmt: skip
    line = models.ForeignKey(
        SettlementLine, on_delete=models.PROTECT, null=True, blank=True, related_name="breaks",
        db_index=False, verbose_name=_("settlement line"),
    )  # fmt: skip
    payment = models.ForeignKey(
        ChannelPayment, on_delete=models.PROTECT, null=True, blank=True, related_name="breaks",
        verbose_name=_("payment"),
    )  # fmt: skip
    in_book = MoneyField(_("in the book"), null=True, blank=True)
    at_channel = MoneyField(_("at the channel"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"), db_default=models.functions.Now())
    state = models.CharField(_("state"), max_length=10, choices=BreakState)
    remedy = models.CharField(_("remedy"), max_length=10, choices=Remedy, null=True, blank=True)
    note = models.TextField(_("note"), blank=True, db_default="")
    proposed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("proposed by"),
    )  # fmt: skip
    settled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("settled by"),
    )  # fmt: skip
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("break")
        verbose_name_plural = _("breaks")
        permissions: ClassVar = [("settle_breaks", _("Can settle breaks with payment channels"))]
        indexes: ClassVar = [
            # the breaks desk: what is not settled
            models.Index(
                fields=["channel", "day"],
                name="break_not_settled",
                condition=~models.Q(state="settled"),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["line", "kind"],
                name="line_breaks_once",
                condition=models.Q(line__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["payment", "kind"],
                name="payment_is_missed_once",
                condition=models.Q(line=None),
            ),
            models.CheckConstraint(
                condition=models.Q(state="settled", remedy__isnull=False, settled_at__isnull=False)
                | (~models.Q(state="settled") & models.Q(settled_at=None, settled_by=None)),
                name="settled_break_says_how",
            ),
            models.CheckConstraint(
                condition=(models.Q(in_book=None) | amounts("in_book"))
                & (models.Q(at_channel=None) | amounts("at_channel")),
                name="break_is_between_amounts",
            ),
            # maker-checker: who proposed to accept a difference does not accept it
            models.CheckConstraint(
                condition=models.Q(proposed_by=None)
                | models.Q(settled_by=None)
                | ~models.Q(remedy="accepted")
                | ~models.Q(settled_by=models.F("proposed_by")),
                name="difference_is_accepted_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class BreakEvent(models.Model):
    """What was done about a break: who, when, why. Never edited."""

    of = models.ForeignKey(Break, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(_("time"), default=timezone.now)
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip
    did = models.CharField(_("did"), max_length=16)
    words = models.TextField(_("words"), blank=True, default="")

    class Meta:
        verbose_name = _("history of a break")
        verbose_name_plural = _("history of breaks")

    def __str__(self) -> str:
        return self.did


class ChannelDay(models.Model):
    """A channel's day: opening + in - out = closing, what the channel holds for us.

    `came_in`: repayments booked through it that day less those reversed; `paid_out`: what its
    file says it settled.
    """

    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="days", verbose_name=_("channel")
    )
    day = models.DateField(_("day"))
    opening = models.DecimalField(_("opening"), max_digits=16, decimal_places=2)
    came_in = models.DecimalField(_("in"), max_digits=16, decimal_places=2)
    paid_out = models.DecimalField(_("out"), max_digits=16, decimal_places=2)
    closing = models.DecimalField(_("closing"), max_digits=16, decimal_places=2)
    matched = models.PositiveIntegerField(_("matched"), default=0)
    broken = models.PositiveIntegerField(_("broken"), default=0)

    class Meta:
        verbose_name = _("day of a channel")
        verbose_name_plural = _("days of channels")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "day"], name="channel_day_stands_once"),
            models.CheckConstraint(
                condition=models.Q(
                    closing=models.F("opening") + models.F("came_in") - models.F("paid_out")
                ),
                name="channel_day_ties_to_the_cent",
            ),
            models.CheckConstraint(
                condition=totals("opening", "came_in", "paid_out"), name="channel_day_is_of_totals"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.day}"


class Account(models.Model):
    """An account of the journal."""

    code = models.SlugField(_("code"), max_length=24, unique=True)
    name = models.CharField(_("name"), max_length=60)
    by_product = models.BooleanField(_("kept by product"), default=False)
    is_transit = models.BooleanField(_("nets to zero"), default=False)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.code


class Posting(models.Model):
    """Where an entry of a kind goes: its amount to `own`, the opposite to `counter`.

    `source` narrows it by what made it: the kind of the fact, or the origin of the bill; the
    narrower rule counts. On component `credit` the sign turns: we owe it.
    """

    kind = models.CharField(_("kind of entry"), max_length=16)
    component = models.CharField(_("component"), max_length=10)
    source = models.CharField(_("made by"), max_length=16, blank=True, default="")
    own = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account")
    )
    counter = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("against")
    )

    class Meta:
        verbose_name = _("posting rule")
        verbose_name_plural = _("posting rules")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "component", "source"], name="one_posting_rule_a_kind"
            ),
            models.CheckConstraint(
                condition=~models.Q(own=models.F("counter")), name="posting_moves_between_accounts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}/{self.component}"


class JournalLine(models.Model):
    """The journal: two lines for each money entry, debit above zero. A view, never written."""

    id = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(_("entry"))
    value_on = models.DateField(_("value date"))
    booked_on = models.DateField(_("booking date"))
    customer = loose(Customer, _("customer"))
    account = models.CharField(_("account"), max_length=24)
    product = models.CharField(_("product"), max_length=20)
    kind = models.CharField(_("kind"), max_length=16)
    amount = MoneyField(_("amount"))

    class Meta:
        managed = False
        db_table = "billing_journal"
        verbose_name = _("journal line")
        verbose_name_plural = _("journal")

    def __str__(self) -> str:
        return f"{self.pk}"


class TrialBalance(models.Model):
    """An account at the close of a day; those of one day sum to zero."""

    day = models.DateField(_("day"))
    account = models.CharField(_("account"), max_length=24)
    product = models.CharField(_("product"), max_length=20, blank=True, default="")
    debits = models.DecimalField(_("debits"), max_digits=18, decimal_places=2)
    credits = models.DecimalField(_("credits"), max_digits=18, decimal_places=2)
    balance = models.DecimalField(_("balance"), max_digits=18, decimal_places=2)
    last_entry = models.BigIntegerField(_("last entry"))

    class Meta:
        verbose_name = _("trial balance")
        verbose_name_plural = _("trial balances")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["day", "account", "product"], name="account_balances_once_a_day"
            ),
            models.CheckConstraint(
                condition=totals("debits", "credits", "balance"),
                name="trial_balance_is_of_totals",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.account}"
