"""Settling a loan early, by staff: the act, and what its preview says beside the figures."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.acts import Act, ActForm, Doing
from accounts.desk.formats import money, words_date
from billing import settlement
from billing.acts import amount_field
from billing.operations import FactRefused
from risk.forecast.settlement import Quote, quote_settlement


class SettlementForm(ActForm):
    loan = forms.ChoiceField(label=_("Loan"))
    amount = amount_field(
        _("Principal"), required=False, help_text=_("All that is not billed yet if left empty.")
    )
    paid = forms.BooleanField(
        label=_("Paid already"), required=False,
        help_text=_("Books the repayment of what is to be paid today with it."),
    )  # fmt: skip

    def offer(self) -> None:
        self.loans = {loan.number: loan for loan in settlement.loans(self.customer)}
        self.choose(
            "loan",
            [
                (number, f"{number} · {loan.fact.value_on} · {money(loan.left)}")
                for number, loan in self.loans.items()
            ],
        )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        loan = self.loans.get(data.get("loan", ""))
        if loan is not None:
            data["loan"] = loan
            try:
                settlement.check_amount(loan, data.get("amount"))
            except FactRefused as error:
                self.add_error("amount", str(error))
        return data


class SettleEarly(Act):
    code = "settle_early"
    label = _("Settle a loan early")
    says = _("Principal that is not billed yet is due at once, with interest to the day; the rest "
             "of the loan ends sooner.")  # fmt: skip
    form = SettlementForm

    def tells(self, doing: Doing) -> list[str]:
        loan = doing.data["loan"]
        quote = quote_settlement(
            line=loan.fact.line, draw_number=loan.number, amount=doing.data["amount"], on=doing.on
        )
        return list(quote_in_words(quote))

    def perform(self, doing: Doing) -> None:
        loan = doing.data["loan"]
        settlement.settle_early(
            line=loan.fact.line, draw_number=loan.number, amount=doing.data["amount"],
            on=doing.on, pay=doing.data["paid"], by=doing.by, reason=doing.reason,
        )  # fmt: skip


def quote_in_words(quote: Quote) -> Iterator[str]:
    """What a settlement comes to, in full sentences."""
    f = quote.figures
    yield gettext(
        "%(principal)s of principal come forward, with %(interest)s interest to the day."
    ) % {"principal": money(f.principal), "interest": money(f.interest)}
    if f.given_back:
        text = gettext("%(amount)s of interest billed ahead is given back.")
        yield text % {"amount": money(f.given_back)}
    if f.other_bills:
        text = gettext("Other bills come before it or with it: %(amount)s, late fees %(fees)s.")
        yield text % {"amount": money(f.other_bills), "fees": money(f.fees)}
    yield gettext("To pay on %(day)s: %(total)s.") % {
        "day": words_date(quote.valid_until), "total": money(f.total),
    }  # fmt: skip
    yield gettext("Interest saved against the schedule: %(amount)s.") % {
        "amount": money(max(quote.interest_saved, Decimal(0)))
    }
