"""Repaying a loan early: what it comes to, whole or in part, and on to pay."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Customer
from appeals.portal.door import for_customers
from billing import payments, settlement
from billing.operations import FactRefused
from billing.terms import amount as exact_amount
from risk.desk.acts import book_date
from risk.forecast.settlement import Quote, quote_settlement


class AmountForm(forms.Form):
    amount = forms.CharField(
        label=gettext_lazy("How much of the loan"),
        help_text=gettext_lazy("Leave it empty to repay all of it."),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def clean_amount(self) -> Decimal | None:
        entered = self.cleaned_data["amount"].strip().replace(",", "")
        try:
            return exact_amount(entered) if entered else None
        except ValueError as error:
            raise forms.ValidationError(
                _("Enter an amount such as 250 or 1005.50, to the cent at most.")
            ) from error


@require_safe
@for_customers
def loans(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/loans/`: the loans of which something is not billed yet."""
    context = {"customer": customer, "loans": settlement.loans(customer)}
    return render(request, "my/loans.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def repay_early(request: HttpRequest, customer: Customer, number: str) -> HttpResponse:
    """`/my/loans/NUMBER/`: the quote of an amount; sent, on to pay it."""
    loan = next((row for row in settlement.loans(customer) if row.number == number), None)
    if loan is None:
        raise Http404
    form = AmountForm(request.POST or request.GET or {})
    quote = _quote(loan, form)
    channel = payments.channel()
    if request.method == "POST" and quote is not None and channel is not None:
        try:
            slip = payments.prepare(
                line=loan.fact.line,
                amount=quote.figures.total,
                draw=loan.number,
                principal=quote.amount,
            )
        except payments.PaymentRefused as error:
            form.add_error("amount", str(error))
        else:
            return redirect(channel.path(slip.sign()))
    context: dict[str, Any] = {
        "customer": customer,
        "loan": loan,
        "form": form,
        "quote": quote,
        "channel": channel,
    }
    return render(request, "my/loan.html", context)


def _quote(loan: settlement.Loan, form: AmountForm) -> Quote | None:
    if not form.is_valid():
        return None
    try:
        return quote_settlement(
            line=loan.fact.line,
            draw_number=loan.number,
            amount=form.cleaned_data["amount"],
            on=book_date(),
        )
    except FactRefused as error:
        form.add_error("amount", str(error))
        return None
