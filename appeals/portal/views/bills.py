"""Bills, what moved on them, payments made, repayment plans."""

import datetime

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Customer
from appeals.portal import book
from appeals.portal.door import for_customers
from appeals.queries.objecting import objections
from billing import payments
from billing.models import Bill
from risk.explain.record import business_day

PAGE = 20


@require_safe
@for_customers
def bills(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/bills/`, newest first; `?after=` a bill goes on behind it."""
    found = book.bills(customer)
    if after := request.GET.get("after"):
        last = found.filter(number=after).first()
        if last is None:
            raise Http404
        found = found.filter(Q(issued_on__lt=last.issued_on) | _same_day_before(last))
    rows = list(found[: PAGE + 1])
    seen = book.see_bills(customer, rows[:PAGE], _on(customer))
    context = {
        "customer": customer,
        "bills": seen,
        "first_page": not after,
        "more": rows[PAGE - 1].number if len(rows) > PAGE else "",
        "plans": book.plans(customer) if not after else [],
    }
    return render(request, "my/bills.html", context)


def _same_day_before(last: Bill) -> Q:
    return Q(issued_on=last.issued_on, pk__lt=last.pk)


@require_safe
@for_customers
def bill(request: HttpRequest, customer: Customer, number: str) -> HttpResponse:
    """`/my/bills/NUMBER/`: what it is made of, and what moved on it."""
    row = book.bills(customer).filter(number=number).first()
    if row is None:
        raise Http404
    (seen,) = book.see_bills(customer, [row], _on(customer))
    context = {
        "customer": customer,
        "bill": seen,
        "movements": book.movements(customer, row),
        "charges": book.charges(customer, row),
        "episode": book.episode_of(customer, row),
        "objections": objections(customer.pk),
        "payable": payments.channel() is not None and seen.owed > 0,
    }
    return render(request, "my/bill.html", context)


@require_safe
@for_customers
def repayments(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/payments/`: what the customer paid."""
    found = book.repayments(customer)
    if after := request.GET.get("after"):
        last = found.filter(number=after).first()
        if last is None:
            raise Http404
        found = found.filter(
            Q(booked_on__lt=last.booked_on) | Q(booked_on=last.booked_on, pk__lt=last.pk)
        )
    rows = list(found[: PAGE + 1])
    more = rows[PAGE - 1].number if len(rows) > PAGE else ""
    rows = rows[:PAGE]
    context = {"customer": customer, "rows": rows, "bounced": book.bounced(rows), "more": more}
    return render(request, "my/payments.html", context)


def _on(customer: Customer) -> datetime.date:
    return business_day(customer.pk) or customer.opened_on
