"""Customers with something to appeal against, and appeals in every state."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from appeals import operations
from appeals.choices import State
from appeals.models import Appeal, ContestedCause
from billing import operations as money
from billing.models import Bill, Entry
from risk.models import Episode, Restriction
from tests.factories import line, make_customer, make_user, open_days

UTC = dt.UTC
TODAY = dt.date(2026, 3, 20)
#: A Friday, ten in the morning in Shanghai.
NOW = dt.datetime(2026, 3, 20, 2, 0, tzinfo=UTC)
_tokens = itertools.count(1)


def late_customer(**fields: Any) -> Any:
    """A customer with a bill of 1,000 that is 10 days overdue, and what follows from it."""
    customer = make_customer(dt.date(2026, 3, 8), **fields)
    money.book_bill(
        line=line(customer), number=f"B-{customer.number}", principal=Decimal(1000),
        due_on=dt.date(2026, 3, 10), on=dt.date(2026, 3, 8),
    )  # fmt: skip
    open_days(customer, dt.date(2026, 3, 8), TODAY)
    return customer


def plain_customer(**fields: Any) -> Any:
    """A customer whose days were not opened: enough for appeals about nothing in particular."""
    return make_customer(dt.date(2026, 1, 1), **fields)


def restriction(customer: Any, code: str = "own_overdue") -> Restriction:
    return Restriction.objects.filter(customer=customer, code=code).order_by("pk")[0]


def episode(customer: Any) -> Episode:
    return Episode.objects.get(customer=customer)


def bill(customer: Any) -> Bill:
    return Bill.objects.get(customer=customer)


def fee(customer: Any) -> Entry:
    return Entry.objects.filter(customer=customer, kind="fee").order_by("pk")[0]


def file(customer: Any, *subjects: tuple[str, int], by: Any = None, **given: Any) -> Appeal:
    """An appeal, by default the customer's own."""
    return operations.submit(
        customer=customer,
        kind=given.pop("kind", "appeal"),
        asks=given.pop("asks", ["lift"]),
        words=given.pop("words", "I was in hospital"),
        subjects_=subjects,
        by=by or customer,
        at=given.pop("at", NOW),
        on=given.pop("on", TODAY),
        **given,
    )


def handler(role: str = "agent", **fields: Any) -> Any:
    return make_user(role, **fields)


def fresh(appeal: Appeal) -> Appeal:
    return Appeal.objects.get(pk=appeal.pk)


def decline(appeal: Appeal, by: Any, at: dt.datetime = NOW) -> Any:
    return operations.decide(
        appeal=appeal, findings=findings(appeal), result="declined", found="The bill was due.",
        reasons="It was paid ten days late.", by=by, at=at, on=TODAY,
    )  # fmt: skip


def findings(appeal: Appeal, *granted: bool) -> list[operations.Finding]:
    """A finding for each cause; declined unless said otherwise, in their order."""
    rows = ContestedCause.objects.filter(appeal=appeal).order_by("position")
    yes = itertools.chain(granted, itertools.repeat(False))
    return [
        operations.Finding(row, ok, "hardship" if ok else "correct", "Seen the papers.")
        for row, ok in zip(rows, yes, strict=False)
    ]


def against_restriction(customer: Any, **given: Any) -> Appeal:
    return file(customer, ("restriction", restriction(customer).pk), **given)


def in_state(customer: Any, state: str, by: Any, *subjects: tuple[str, int]) -> Appeal:
    """An appeal that came to a state by its moves."""
    appeal = file(customer, *subjects)
    if state == State.SUBMITTED:
        return fresh(appeal)
    if state == State.WITHDRAWN:
        operations.withdraw(appeal=appeal, by=customer, at=NOW, on=TODAY)
        return fresh(appeal)
    operations.take(appeal=appeal, by=by, at=NOW)
    if state in (State.WAITING_CUSTOMER, State.EXPIRED):
        operations.ask_customer(appeal=appeal, text="Which hospital?", by=by, at=NOW, on=TODAY)
    if state == State.EXPIRED:
        for days in (8, 16):
            later = NOW + dt.timedelta(days=days)
            operations.expire(at=later, on=later.date())
    if state == State.NEGOTIATING:
        operations.negotiate(appeal=appeal, by=by, at=NOW)
    if state == State.WAITING_APPROVAL:
        operations.ask_approval(appeal=appeal, by=by, at=NOW)
    if state == State.DECIDED:
        decline(appeal, by)
    return fresh(appeal)
