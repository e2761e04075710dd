"""The overview: what to do, both lines, why, what is due, the score."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Customer
from appeals.portal import book, today
from appeals.portal.door import for_customers
from appeals.queries.objecting import objections
from risk.desk.chart import score_chart
from risk.explain.outlook import history


@require_safe
@for_customers
def overview(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Read as of the customer's last open day."""
    standing = book.standing(customer)
    return render(
        request,
        "my/overview.html",
        {
            "customer": customer,
            "standing": standing,
            "on": standing.on,
            "today": today.advice(standing),
            "next_dues": standing.dues[:4],
            "objections": objections(customer.pk),
            **_score(standing),
        },
    )


@require_safe
@for_customers
def score(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The score with every point behind it."""
    standing = book.standing(customer)
    return render(
        request,
        "my/score.html",
        {
            "customer": customer,
            "on": standing.on,
            "moves": book.moves(standing.record),
            "objections": objections(customer.pk),
            **_score(standing),
        },
    )


@require_safe
@for_customers
def past(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The restrictions that ended, and how."""
    standing = book.standing(customer)
    context = {
        "customer": customer,
        "on": standing.on,
        "ended": standing.explanation.ended,
        "objections": objections(customer.pk),
    }
    return render(request, "my/past.html", context)


def _score(standing: book.Standing) -> dict[str, object]:
    record = standing.record
    rules = record.policy.score if record.policy else None
    return {
        "score": record.score,
        "score_rules": rules,
        "score_span": rules.ceiling - rules.floor if rules else 0,
        "score_above": record.score - rules.floor if rules and record.score is not None else 0,
        "chart": score_chart(history(record), rules, standing.on),
        "latest": book.moves(record)[:3],
    }
