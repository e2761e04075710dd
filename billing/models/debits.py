"""Auto-debit: mandates of customers, and what was tried under them (docs/money-in.md)."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from billing.choices import DebitState, Via
from billing.columns import MoneyField
from billing.models.channels import Channel, ChannelPayment
from billing.models.lines import CreditLine


class Mandate(models.Model):
    """That what falls due on a line may be debited from an account. Never edited: its end is a row
    of its own. `token` is what the channel calls the account; we keep its last digits alone."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    line = models.ForeignKey(
        CreditLine, on_delete=models.PROTECT, related_name="+", verbose_name=_("credit line")
    )
    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("payment channel"),
    )  # fmt: skip
    bank = models.CharField(_("bank"), max_length=60)
    account = models.CharField(_("account"), max_length=24, help_text=_("its last four digits"))
    token = models.CharField(max_length=64)
    given_on = models.DateField(_("given on"))
    given_at = models.DateTimeField(_("given at"))
    given_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("given by"),
    )  # fmt: skip
    via = models.CharField(_("where"), max_length=8, choices=Via)

    class Meta:
        verbose_name = _("debit mandate")
        verbose_name_plural = _("debit mandates")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(account__regex=r"^[*]{4}[0-9]{4}$"),
                name="mandate_keeps_four_digits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank} {self.account}"


class MandateEnd(models.Model):
    """A mandate was revoked, or another took its place. Never edited."""

    mandate = models.OneToOneField(
        Mandate, on_delete=models.PROTECT, related_name="end", verbose_name=_("debit mandate")
    )
    on = models.DateField(_("date"))
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("by"),
    )  # fmt: skip
    via = models.CharField(_("where"), max_length=8, choices=Via)
    reason = models.TextField(_("reason"), blank=True, db_default="", default="")

    class Meta:
        verbose_name = _("end of a mandate")
        verbose_name_plural = _("ends of mandates")

    def __str__(self) -> str:
        return f"{self.mandate_id} {self.on}"


class DebitAttempt(models.Model):
    """One try to debit a line on a due day. `n` is the time of day, from 1; the channel knows the
    attempt by its `reference`, and debits it once at most."""

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    line = models.ForeignKey(
        CreditLine, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("credit line"),
    )  # fmt: skip
    mandate = models.ForeignKey(
        Mandate, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("debit mandate"),
    )  # fmt: skip
    reference = models.CharField(_("reference"), max_length=40, unique=True)
    day = models.DateField(_("due day"))
    n = models.PositiveSmallIntegerField(_("attempt"))
    last = models.BooleanField(_("last of the day"))
    amount = MoneyField(_("amount"))
    state = models.CharField(
        _("state"), max_length=12, choices=DebitState, default=DebitState.ASKED
    )
    why = models.CharField(_("why"), max_length=200, blank=True, db_default="", default="")
    begun_at = models.DateTimeField(_("begun at"))
    claimed_at = models.DateTimeField(_("last asked at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    payment = models.OneToOneField(
        ChannelPayment, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("payment"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("debit attempt")
        verbose_name_plural = _("debit attempts")
        indexes: ClassVar = [
            # each minute: what has no answer (running.py), and lines that wait for one (due.sql)
            models.Index(
                fields=["line"], name="debit_without_answer", condition=models.Q(state="asked")
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line", "day", "n"], name="debit_is_tried_once_a_time"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, amount__lt=10**12), name="debit_is_of_some_amount"
            ),
            models.CheckConstraint(
                condition=models.Q(state="asked", ended_at=None)
                | ~models.Q(state="asked") & models.Q(ended_at__isnull=False),
                name="answered_debit_has_ended",
            ),
            models.CheckConstraint(
                condition=models.Q(state="ok", payment__isnull=False)
                | ~models.Q(state="ok") & models.Q(payment=None),
                name="debit_that_came_is_a_payment",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class SandboxDebit(models.Model):
    """What the sandbox of a channel was asked for: its own memory, not the book's."""

    reference = models.CharField(max_length=40, unique=True)
    amount = MoneyField(null=True)
    outcome = models.CharField(max_length=12)
    payment_id = models.CharField(max_length=64, blank=True, db_default="", default="")
    on = models.DateField()

    class Meta:
        verbose_name = _("debit of the sandbox")
        verbose_name_plural = _("debits of the sandbox")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(amount=None) | models.Q(amount__gt=0, amount__lt=10**12),
                name="sandbox_debits_some_amount",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
