"""The rules, explained: for everybody, signed in or not, and for any day so far."""

import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.access.rates import Rate, TooOften
from accounts.signin.client import address
from appeals.portal.door import customer_of
from billing.choices import Product
from billing.terms import amount as exact_amount
from risk import rules
from risk.choices import PolicyStatus
from risk.desk.acts import book_date
from risk.explain import rulebook, worked
from risk.models import PolicyVersion

#: The example of the page: late enough to meet every step of the two lines.
EXAMPLE: dict[str, Any] = {"product": "pay_later", "amount": Decimal("1000.00"), "late": 40}
RATE = Rate("calculator", 60, 600)


class Calculator(forms.Form):
    product = forms.ChoiceField(label=gettext_lazy("Which line"), choices=Product.choices)
    amount = forms.CharField(
        label=gettext_lazy("Bill"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    late = forms.IntegerField(
        label=gettext_lazy("Days late"), min_value=0, max_value=worked.MOST_DAYS
    )

    def clean_amount(self) -> Decimal:
        try:
            amount = exact_amount(self.cleaned_data["amount"].strip().replace(",", ""))
        except ValueError as error:
            raise forms.ValidationError(_("Enter an amount such as 1000 or 249.90.")) from error
        if not 0 < amount <= worked.MOST_AMOUNT:
            raise forms.ValidationError(_("Enter an amount from 0.01 to 100,000."))
        return amount


@require_safe
def explained(request: HttpRequest) -> HttpResponse:
    """`/my/rules/`; `?on=` shows the rules of a past day, the calculator reckons under them."""
    today = book_date()
    on = _day(request.GET.get("on", ""), today)
    context: dict[str, Any] = {"customer": customer_of(request), "on": on, "is_today": on == today}
    try:
        day = rules.current().on(on)
    except rules.NoPolicy:
        return render(request, "my/rules.html", context)
    asked = "amount" in request.GET
    form = Calculator(request.GET if asked else None, initial=EXAMPLE)
    context |= {
        "book": rulebook.read(day.policy, day.terms),
        "version": PolicyVersion.objects.filter(pk=day.policy_id or 0).first(),
        "versions": PolicyVersion.objects.filter(
            status=PolicyStatus.PUBLISHED, effective_from__lte=today
        ).order_by("-effective_from")[:50],
        "form": form,
        **_reckoned(request, day, form, asked),
    }
    return render(request, "my/rules.html", context)


def _reckoned(
    request: HttpRequest, day: rules.DayRules, form: Calculator, asked: bool
) -> dict[str, Any]:
    figures = EXAMPLE
    if asked:
        if not form.is_valid():
            return {}
        figures = form.cleaned_data
    try:
        RATE.count(address(request))
    except TooOften:
        if asked:
            form.add_error(None, _("That was often. Wait a few minutes, then calculate again."))
        return {}
    found = worked.work_out(day, **figures)
    return {
        "worked": found,
        "own_name": Product(found.product).label,
        "other_name": Product(found.other).label,
        "limits": worked.LIMITS,
    }


def _day(text: str, today: datetime.date) -> datetime.date:
    if not text:
        return today
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
