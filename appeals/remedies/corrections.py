"""Remedies on a bill: a charge refunded, a disputed amount that was never owed."""

from decimal import Decimal
from typing import Literal

from django import forms
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.acts import Refused
from accounts.desk.formats import money
from appeals.remedies.base import (
    Amount,
    Case,
    Number,
    ProductCode,
    Remedy,
    RemedyForm,
    money_field,
    named,
)
from billing import operations
from billing.choices import BillOrigin, FactKind, Outcome
from billing.models import Bill, Dispute, Fact

MOST_BILLS = 60


class RefundedCharge(Remedy):
    """An amount of a bill is taken back from today on; what was paid on it becomes credit."""

    label = gettext_lazy("Refund a charge")
    rank = 10

    kind: Literal["refunded_charge"] = "refunded_charge"
    product: ProductCode
    bill: Number
    amount: Amount

    @property
    def cost(self) -> Decimal:
        return self.amount

    @property
    def subject(self) -> tuple[str, ...]:
        return ("correction", self.bill)

    def says(self) -> list[str]:
        return [
            _("%(amount)s of bill %(bill)s (%(product)s) is refunded.")
            % {"amount": money(self.amount), "bill": self.bill, "product": named(self.product)}
        ]

    def check(self, case: Case) -> None:
        bill = find(case, self.product, self.bill)
        if bill.issued_on > case.as_of:
            raise Refused(_("bill %(bill)s was issued after the offer was made") % {
                "bill": self.bill})  # fmt: skip
        refunded = Fact.objects.filter(
            customer=case.customer, kind=FactKind.REFUND, bill_number=self.bill
        ).aggregate(total=Sum("amount"))["total"] or Decimal(0)
        most = bill.principal - refunded
        dispute = Dispute.objects.filter(bill=bill).first()
        if dispute is not None:
            most -= dispute.amount
        if self.amount <= 0 or self.amount > most:
            raise Refused(
                _("at most %(most)s of bill %(bill)s can be refunded")
                % {"most": money(max(most, Decimal(0))), "bill": self.bill}
            )

    def perform(self, case: Case) -> None:
        operations.book_refund(
            line=case.line(self.product), bill_number=self.bill, amount=self.amount, on=case.on,
            value_on=case.as_of, by=case.by, reason=case.words,
        )  # fmt: skip


class UpheldDispute(Remedy):
    """An amount of a bill was never owed: fees, points and restrictions that rested on it go."""

    label = gettext_lazy("Correct a bill from its first day")
    rank = 20

    kind: Literal["upheld_dispute"] = "upheld_dispute"
    product: ProductCode
    bill: Number
    amount: Amount

    @property
    def cost(self) -> Decimal:
        return self.amount

    @property
    def subject(self) -> tuple[str, ...]:
        return ("correction", self.bill)

    def says(self) -> list[str]:
        return [
            _("%(amount)s of bill %(bill)s (%(product)s) was never owed: the bill counts without "
              "it from its first day, and late fees, score points and restrictions that rested on "
              "it are taken back.")
            % {"amount": money(self.amount), "bill": self.bill, "product": named(self.product)}
        ]  # fmt: skip

    def check(self, case: Case) -> None:
        bill = find(case, self.product, self.bill)
        if bill.origin == BillOrigin.DISPUTED:
            raise Refused(_("bill %(bill)s comes from a decided dispute") % {"bill": self.bill})
        if self.amount <= 0 or self.amount > bill.principal:
            raise Refused(
                _("at most %(most)s of bill %(bill)s can be corrected")
                % {"most": money(bill.principal), "bill": self.bill}
            )
        dispute = Dispute.objects.filter(bill=bill).first()
        if dispute is not None and dispute.outcome is not None:
            raise Refused(_("the dispute of bill %(bill)s is decided already") % {
                "bill": self.bill})  # fmt: skip
        if dispute is not None and dispute.amount != self.amount:
            raise Refused(
                _("%(amount)s of bill %(bill)s is disputed: decide that amount")
                % {"amount": money(dispute.amount), "bill": self.bill}
            )

    def perform(self, case: Case) -> None:
        line = case.line(self.product)
        if not Dispute.objects.filter(bill__number=self.bill).exists():
            operations.file_dispute(
                line=line, bill_number=self.bill, amount=self.amount, on=case.on, by=case.by,
                reason=case.words,
            )  # fmt: skip
        operations.decide_dispute(
            line=line, bill_number=self.bill, outcome=Outcome.CUSTOMER, on=case.on, by=case.by,
            reason=case.words,
        )  # fmt: skip


def find(case: Case, product: str, number: str) -> Bill:
    bill = Bill.objects.filter(
        customer=case.customer, line__product=product, number=number
    ).first()  # fmt: skip
    if bill is None:
        raise Refused(_("%(bill)s is no bill of this line") % {"bill": number})
    return bill


class _BillForm(RemedyForm):
    bill = forms.ChoiceField(label=gettext_lazy("Bill"))
    amount = money_field(gettext_lazy("Amount"))

    def offer(self) -> None:
        rows = (
            Bill.objects.filter(customer=self.customer)
            .exclude(origin=BillOrigin.DISPUTED)
            .select_related("line")
            .order_by("-issued_on", "-sequence")[:MOST_BILLS]
        )
        self.rows = {row.number: row for row in rows}
        self.choose(
            "bill",
            [
                (number, f"{number} · {named(row.line.product)} · {money(row.principal)}")
                for number, row in self.rows.items()
            ],
        )


class RefundForm(_BillForm):
    kind = RefundedCharge

    def remedy(self, case: Case) -> RefundedCharge:
        data = self.cleaned_data
        product = self.rows[data["bill"]].line.product
        return RefundedCharge(product=product, bill=data["bill"], amount=data["amount"])


class DisputeForm(_BillForm):
    kind = UpheldDispute

    def remedy(self, case: Case) -> UpheldDispute:
        data = self.cleaned_data
        product = self.rows[data["bill"]].line.product
        return UpheldDispute(product=product, bill=data["bill"], amount=data["amount"])
