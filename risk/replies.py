"""What reply templates can say of a customer's credit, and the notes' place on their page."""

import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounts.desk import notes
from accounts.desk.formats import money
from accounts.models import Customer
from accounts.replies.rendering import Variable, register
from risk import status
from risk.desk import panels
from risk.explain.record import business_day


def _outstanding(customer: Customer, on: datetime.date) -> str:
    opened = business_day(customer.pk)
    rows = status.lines(customer.pk, opened) if opened else []
    return money(sum((row["outstanding"] for row in rows), Decimal(0)))


def _days_past_due(customer: Customer, on: datetime.date) -> str:
    opened = business_day(customer.pk)
    rows = status.lines(customer.pk, opened) if opened else []
    return str(max((row["dpd"] for row in rows), default=0))


def _score(customer: Customer, on: datetime.date) -> str:
    score = status.score(customer.pk)
    return "\N{EN DASH}" if score is None else str(score)


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
