"""Paying: choose, confirm at the provider, see what it did."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Customer
from appeals.portal import book, today
from appeals.portal.door import for_customers
from billing import payments
from billing.choices import FactKind
from billing.models import CreditLine, Fact
from billing.terms import amount as exact_amount
from risk.desk.acts import book_date


class PayForm(forms.Form):
    line = forms.ChoiceField(label=gettext_lazy("Which line"), widget=forms.RadioSelect)
    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, lines: list[CreditLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {line.product: line for line in lines}
        field = self.fields["line"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(line.product, line.get_product_display()) for line in lines]

    def clean_amount(self) -> Decimal:
        try:
            return exact_amount(self.cleaned_data["amount"].strip().replace(",", ""))
        except ValueError as error:
            raise forms.ValidationError(
                _("Enter an amount such as 250 or 1005.50, to the cent at most.")
            ) from error


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def pay(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/pay/`: choose a line and an amount, and go on to the provider."""
    lines = list(CreditLine.objects.filter(customer=customer).order_by("-product"))
    standing = book.standing(customer)
    form = PayForm(request.POST or None, lines=lines, initial=_suggested(request, standing))
    channel = payments.channel()
    if request.method == "POST" and channel is not None and form.is_valid():
        line = form.lines[form.cleaned_data["line"]]
        try:
            slip = payments.prepare(line=line, amount=form.cleaned_data["amount"])
        except payments.PaymentRefused as error:
            form.add_error("amount", str(error))
        else:
            return redirect(channel.path(slip.sign()))
    context = {
        "customer": customer,
        "form": form,
        "channel": channel,
        "offers": _offers(standing),
        "lines": lines,
    }
    return render(request, "my/pay.html", context)


def _suggested(request: HttpRequest, standing: book.Standing) -> dict[str, Any]:
    """What the address asks for, else what is overdue, else what is due next."""
    advice = today.advice(standing)
    product = request.GET.get("line") or _product(standing, advice.line_id)
    amount = request.GET.get("amount") or (f"{advice.amount:.2f}" if advice.amount else "")
    return {"line": product, "amount": amount[:20]}


def _product(standing: book.Standing, line_id: int | None) -> str:
    rows = standing.record.lines
    if line_id in rows:
        return str(rows[line_id]["product"])
    return str(next(iter(rows.values()))["product"]) if rows else ""


def _offers(standing: book.Standing) -> list[tuple[str, str, str, Decimal]]:
    """Amounts to choose from: what is overdue of a line, and all that is billed of it."""
    rows = standing.record.lines
    found = []
    for line_id, name, amount in standing.to_cure():
        label = _("%(product)s: everything overdue") % {"product": name}
        found.append((label, rows[line_id]["product"], f"{amount:.2f}", amount))
    for row in rows.values():
        billed = row["outstanding"] - row["credit"]
        if billed > 0 and (row["product"], f"{billed:.2f}") not in {f[1:3] for f in found}:
            name = book.product(standing.record, row["id"])
            label = _("%(product)s: everything billed") % {"product": name}
            found.append((label, row["product"], f"{billed:.2f}", billed))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def sandbox(request: HttpRequest, customer: Customer, slip: str) -> HttpResponse:
    """`/my/pay/sandbox/SLIP/`: in place of a provider; there is none of it in production."""
    if not payments.sandboxed():
        raise Http404
    known = payments.read(slip, customer.pk)
    if known is None:
        raise Http404
    error = ""
    if request.method == "POST":
        if request.POST.get("answer") != "pay":
            return redirect("my:pay")
        try:
            fact = payments.book(slip=known, on=book_date())
        except payments.PaymentRefused as refused:
            error = str(refused)
        else:
            return redirect("my:receipt", fact.number)
    line = get_object_or_404(CreditLine, customer=customer, pk=known.line_id)
    context = {"customer": customer, "slip": known, "line": line, "error": error}
    return render(request, "my/sandbox.html", context)


@require_safe
@for_customers
def receipt(request: HttpRequest, customer: Customer, number: str) -> HttpResponse:
    """`/my/payments/NUMBER/`: one payment, and how the customer stands now."""
    fact = get_object_or_404(
        Fact.objects.select_related("line"),
        customer=customer,
        kind=FactKind.REPAY,
        number=number,
    )
    standing = book.standing(customer)
    context = {
        "customer": customer,
        "fact": fact,
        "bounced": bool(book.bounced([fact])),
        "parts": _parts(customer, fact),
        "today": today.advice(standing),
    }
    return render(request, "my/receipt.html", context)


def _parts(customer: Customer, fact: Fact) -> list[tuple[str, str, Decimal]]:
    """Where a payment went: bill, component, amount; the rest is credit."""
    rows = book.entries(customer).filter(fact=fact, value_on__gte=fact.value_on)
    rows = rows.select_related("bill").order_by("pk")
    undone = {row.reverses_id for row in rows if row.reverses_id}
    return [
        (row.bill.number if row.bill else "", row.get_component_display(), abs(row.amount))
        for row in rows
        if row.reverses_id is None and row.pk not in undone
    ]
