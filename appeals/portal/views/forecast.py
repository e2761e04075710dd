"""The forecast: "what if I pay?", as a chart and as dated steps."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access.rates import TooOften
from accounts.models import Customer
from appeals.portal import ahead, book, today
from appeals.portal.door import for_customers
from risk import forecast as engine


@require_safe
@for_customers
def forecast(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/forecast/?choice=…`: the answer is in the address, so it can be kept."""
    standing = book.standing(customer)
    days = ahead.length_of(request.GET.get("days", ""))
    asked = {name: str(value)[:40] for name, value in request.GET.items()}
    context: dict[str, Any] = {
        "customer": customer,
        "on": standing.on,
        "today": today.advice(standing),
        "choices": engine.usual(standing.record),
        "lines": [(card.row["product"], card.product) for card in standing.lines],
        "days": days,
        "asked": asked,
        "parts": range(2, 13),
        **_answered(customer, standing, asked, days),
    }
    return render(request, "my/forecast.html", context)


def _answered(
    customer: Customer, standing: book.Standing, asked: dict[str, str], days: int
) -> dict[str, Any]:
    try:
        choice = ahead.choice_of(standing.record, asked)
        return {"answer": ahead.answer(customer.pk, choice, days), "code": choice.code}
    except ahead.NotAsked as error:
        return {"fault": str(error), "field": error.field, "code": asked.get("choice", "")}
    except engine.NoBook:
        return {"fault": _("Your first day is still to come."), "code": ""}
    except TooOften:
        return {"fault": _("That was often. Wait a few minutes, then ask again."), "code": ""}
