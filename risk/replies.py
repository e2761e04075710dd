"""What reply templates can say of a customer's credit, and the notes' place on their page."""

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.desk import notes
from accounts.desk.formats import money
from accounts.models import Customer
from accounts.replies.rendering import Variable, register
from billing.queries import opened_through_all
from risk import status
from risk.desk import panels

Customers = Sequence[Customer]


def _outstanding(customers: Customers, on: datetime.date) -> Mapping[int, str]:
    owed = {
        pk: money(sum((row["outstanding"] for row in rows), Decimal(0)))
        for pk, rows in _lines(customers).items()
    }
    return {customer.pk: owed.get(customer.pk, money(Decimal(0))) for customer in customers}


def _days_past_due(customers: Customers, on: datetime.date) -> Mapping[int, str]:
    days = {pk: max((row["dpd"] for row in rows), default=0) for pk, rows in
            _lines(customers).items()}  # fmt: skip
    return {customer.pk: str(days.get(customer.pk, 0)) for customer in customers}


def _score(customers: Customers, on: datetime.date) -> Mapping[int, str]:
    found = status.scores_of([customer.pk for customer in customers])
    return {customer.pk: str(found.get(customer.pk, "\N{EN DASH}")) for customer in customers}


def _lines(customers: Customers) -> dict[int, list[dict[str, Any]]]:
    """The lines of each on their last open day; one read a day, most often one."""
    days: dict[datetime.date, list[int]] = defaultdict(list)
    for pk, opened in opened_through_all([customer.pk for customer in customers]).items():
        days[opened].append(pk)
    found: dict[int, list[dict[str, Any]]] = {}
    for opened, people in days.items():
        found.update(status.lines_of(people, opened))
    return found


def announce() -> None:
    register(
        Variable("outstanding", _("outstanding"), _outstanding),
        Variable("days_past_due", _("days past due"), _days_past_due),
        Variable("credit_score", _("credit score"), _score),
    )
    panels.register(
        panels.Panel(
            code="notes",
            title=_("Notes"),
            template="admin/notes/panel.html",
            permission=notes.VIEW,
            build=notes.panel,
            rank=10,
        )
    )
