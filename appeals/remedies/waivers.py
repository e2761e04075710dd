"""Late fees that are let off: for good, or as long as the plan beside them is kept."""

from decimal import Decimal
from typing import Any, Literal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.acts import Refused
from accounts.desk.formats import money, words_date
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
from appeals.remedies.owed import Owed, owed
from billing import operations


class FeeWaiver(Remedy):
    """Late fees of one bill; a conditional one comes back if the plan breaks."""

    label = gettext_lazy("Waive late fees")
    rank = 30

    kind: Literal["fee_waiver"] = "fee_waiver"
    product: ProductCode
    bill: Number
    amount: Amount
    conditional: bool = False

    @property
    def place(self) -> int:
        """A condition needs its plan first."""
        return 50 if self.conditional else self.rank

    @property
    def cost(self) -> Decimal:
        return self.amount

    @property
    def subject(self) -> tuple[str, ...]:
        return (self.kind, self.bill)

    def says(self) -> list[str]:
        words = {"amount": money(self.amount), "bill": self.bill, "product": named(self.product)}
        said = [_("%(amount)s of late fees on bill %(bill)s (%(product)s) are waived.") % words]
        if self.conditional:
            said.append(
                _(
                    "That holds as long as the repayment plan is kept: if it breaks, these fees "
                    "are owed again."
                )
            )
        return said

    def check(self, case: Case) -> None:
        found = owed(case.customer.pk, case.as_of).get(self.bill)
        fee = found.fee if found else Decimal(0)
        if self.amount > fee or found is None or found.product != self.product:
            raise Refused(
                _("%(amount)s of late fees cannot be waived: bill %(bill)s owed %(fee)s of fees on "
                  "%(day)s")
                % {"amount": money(self.amount), "bill": self.bill, "fee": money(fee),
                   "day": words_date(case.as_of)}
            )  # fmt: skip
        if self.conditional and not any(self.bill in plan_bills(other) for other in case.others):
            raise Refused(
                _("the waiver on bill %(bill)s depends on a repayment plan, and the package has "
                  "none that covers it")
                % {"bill": self.bill}
            )  # fmt: skip

    def perform(self, case: Case) -> None:
        condition: dict[str, Any] = {"plan_number": f"{case.name}/PLAN"} if self.conditional else {}
        operations.waive_fees(
            line=case.line(self.product), bill_number=self.bill, amount=self.amount, on=case.on,
            value_on=case.as_of, by=case.by, reason=case.words, **condition,
        )  # fmt: skip


def plan_bills(remedy: Remedy) -> list[str]:
    """The bills that a plan covers; none for other remedies."""
    return list(getattr(remedy, "bills", ())) if remedy.months else []


class WaiverForm(RemedyForm):
    kind = FeeWaiver
    for_customers = True

    bill = forms.ChoiceField(label=gettext_lazy("Bill"))
    amount = money_field(
        gettext_lazy("Amount"),
        required=False,
        help_text=gettext_lazy("All fees of the bill if left empty."),
    )
    conditional = forms.BooleanField(
        label=gettext_lazy("Only as long as the plan is kept"), required=False
    )

    def offer(self) -> None:
        self.bills: dict[str, Owed] = {
            row.number: row for row in owed(self.customer.pk, self.as_of).values() if row.fee > 0
        }
        self.choose(
            "bill",
            [
                (number, f"{number} · {row.due_on} · {_('fees')} {money(row.fee)}")
                for number, row in self.bills.items()
            ],
        )

    def remedy(self, case: Case) -> FeeWaiver:
        data = self.cleaned_data
        found = owed(case.customer.pk, case.as_of).get(data["bill"])
        if found is None or found.fee <= 0:
            raise Refused(_("no late fees are outstanding on bill %(bill)s") % {
                "bill": data["bill"]})  # fmt: skip
        return FeeWaiver(
            product=found.product, bill=found.number, amount=data["amount"] or found.fee,
            conditional=data["conditional"],
        )  # fmt: skip
