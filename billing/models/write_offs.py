"""Bills that were written off: an entry in the books, the claim goes on."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from billing.columns import MoneyField, amounts, loose
from billing.models.facts import Fact
from billing.models.lines import CreditLine
from billing.models.money import Bill


class WriteOff(models.Model):
    """A bill that is off the books; the engine alone writes it. `amount` was outstanding when it
    was written off; `owed` still is, and is what the bill's entries on `books` sum to, negated."""

    bill = models.OneToOneField(
        Bill,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="write_off",
    )
    customer = loose(Customer, _("customer"))
    line = loose(CreditLine, _("credit line"))
    fact = loose(Fact, _("fact"))
    written_on = models.DateField(_("written off on"))
    amount = MoneyField(_("written off"))
    owed = MoneyField(_("still owed of it"))

    class Meta:
        verbose_name = _("bill written off")
        verbose_name_plural = _("bills written off")
        indexes: ClassVar = [
            # what a customer's money moves of it (follow_write_offs.sql), their pages, a replay
            models.Index(fields=["customer"], name="write_off_by_customer"),
            # the desk's list, newest first (billing/admin/write_offs.py)
            models.Index(fields=["written_on", "bill"], name="write_off_by_day"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=amounts("amount", "owed"), name="write_off_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return str(self.bill_id)
