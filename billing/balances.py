"""Acts on what a line has come to: its credit balance paid out, its debt written off."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import F, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.acts import Act, ActForm, Doing, register
from accounts.desk.formats import money
from accounts.models import Customer
from billing import operations
from billing.acts import amount_field, new_number
from billing.choices import Product
from billing.models import CreditLine, LineState, OpenBill


class PayoutForm(ActForm):
    line = forms.ChoiceField(label=gettext_lazy("Credit line"))
    amount = amount_field(gettext_lazy("Amount"))
    number = forms.CharField(label=gettext_lazy("Payment reference"), max_length=80, required=False)

    def offer(self) -> None:
        rows = LineState.objects.filter(customer=self.customer, credit__gt=0)
        self.states = {
            str(row.pk): row for row in rows.select_related("line").order_by("line__product")
        }
        self.choose(
            "line",
            [
                (pk, f"{Product(row.line.product).label} · {money(row.credit)}")
                for pk, row in self.states.items()
            ],
        )

    def clean_line(self) -> CreditLine:
        return self.states[self.cleaned_data["line"]].line


class PayOutCredit(Act):
    code = "pay_out_credit"
    label = gettext_lazy("Pay out a credit balance")
    says = gettext_lazy(
        "What was paid beyond all bills goes back to the customer, at most the balance of now."
    )
    form = PayoutForm

    def amount(self, customer: Customer, data: Mapping[str, Any]) -> Decimal:
        amount: Decimal = data["amount"]
        return amount

    def perform(self, doing: Doing) -> None:
        operations.pay_out_credit(
            line=doing.data["line"], amount=doing.data["amount"], on=doing.on,
            number=doing.data["number"] or new_number("OUT"), by=doing.by, reason=doing.reason,
        )  # fmt: skip


class WriteOffForm(ActForm):
    line = forms.ChoiceField(label=gettext_lazy("Credit line"))

    def offer(self) -> None:
        lines = CreditLine.objects.filter(customer=self.customer).in_bulk()
        self.owed = {str(pk): amount for pk, amount in on_the_books(self.customer).items()}
        self.lines = {pk: lines[int(pk)] for pk in self.owed}
        self.choose(
            "line",
            [
                (pk, f"{Product(line.product).label} · {money(self.owed[pk])}")
                for pk, line in self.lines.items()
            ],
        )

    def clean_line(self) -> CreditLine:
        return self.lines[self.cleaned_data["line"]]


class WriteOffLine(Act):
    code = "write_off"
    notifies = False
    label = gettext_lazy("Write off")
    says = gettext_lazy(
        "What is outstanding of the line's bills leaves the books; the customer owes it as before, "
        "without further late fees on these bills. What is paid later is a recovery."
    )
    form = WriteOffForm

    def amount(self, customer: Customer, data: Mapping[str, Any]) -> Decimal:
        return on_the_books(customer).get(data["line"].pk, Decimal(0))

    def tells(self, doing: Doing) -> list[str]:
        amount = self.amount(doing.customer, doing.data)
        return [
            _("%(amount)s would leave the books. Nothing of it is forgiven: the days past due, "
              "the restrictions and the score go on.") % {"amount": money(amount)}
        ]  # fmt: skip

    def perform(self, doing: Doing) -> None:
        operations.write_off(line=doing.data["line"], on=doing.on, by=doing.by, reason=doing.reason)


def on_the_books(customer: Customer) -> dict[int, Decimal]:
    """What is outstanding of each line's bills that are not written off; lines with any."""
    rows = OpenBill.objects.filter(customer=customer, bill__write_off=None)
    sums = rows.values("line_id").annotate(owed=Sum(F("principal") + F("interest") + F("fee")))
    return {row["line_id"]: row["owed"] for row in sums.order_by("line__product")}


def announce() -> None:
    """Make these acts known, after those of money."""
    register(PayOutCredit, WriteOffLine)
