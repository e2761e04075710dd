"""A fact and its consequences for its customer commit together.

Where the fact comes last in the customer's order it is taken alone, on top of what stands; where
it counts earlier, the days since then are replayed. A customer whose day the night has not opened
yet is opened alone first: releases never wait for the night.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from django.db import connection

from accounts.work import sync as work
from billing.choices import FactKind, Outcome
from billing.engine.scope import Few
from billing.models import AheadOfNight, Bill, Fact, Quarantine
from billing.queries import Round, opened_through
from billing.signals import fact_booked
from risk import rules
from risk.engine import day as days
from risk.engine.replay import dates, replay
from risk.engine.steps import Day
from risk.models import Decision
from risk.notices import telling
from risk.rules import Rulebook

#: Customers share 64 locks, so that a slice of the night can hold its customers with few of them.
SHARDS = 64
_LOCK_CLASS = 7_301


#: Facts that count from the opening of their value date, not from their place in the day.
FROM_THE_OPENING = (FactKind.HOLD, FactKind.RELEASE_HOLD)


class Book(Protocol):
    """Which rules count, and which days are open for a customer."""

    @property
    def rulebook(self) -> Rulebook: ...
    def opened_through(self, customer_id: int) -> datetime.date | None: ...
    def opened_ahead(self, customer_id: int, through: datetime.date) -> None: ...
    def tell(self, customer_id: int, on: datetime.date) -> None: ...
    def assessed(self, customer_id: int) -> None: ...
    def replayed(self, customer_id: int, since: datetime.date, through: datetime.date) -> None: ...


@dataclass
class RealBook:
    """The book as it stands in the database."""

    @property
    def rulebook(self) -> Rulebook:
        return rules.current()

    def opened_through(self, customer_id: int) -> datetime.date | None:
        share_shard(customer_id)
        return opened_through(customer_id)

    def opened_ahead(self, customer_id: int, through: datetime.date) -> None:
        AheadOfNight.objects.update_or_create(
            customer_id=customer_id, defaults={"opened_on": through}
        )

    def tell(self, customer_id: int, on: datetime.date) -> None:
        telling.tell_customer(customer_id, on=on, rulebook=self.rulebook)

    def assessed(self, customer_id: int) -> None:
        """What waits for somebody only because of what was just settled waits no more."""
        work.close_gone(customer_id)

    def replayed(self, customer_id: int, since: datetime.date, through: datetime.date) -> None:
        """What a late fact brought to days that the night has closed waits for somebody too."""
        work.open_since(customer_id, since, through)


_book: ContextVar[Book] = ContextVar("book", default=RealBook())  # noqa: B039


@contextmanager
def using(book: Book) -> Iterator[None]:
    """Assess under another book: a scenario has its own rules and its own calendar."""
    token = _book.set(book)
    try:
        yield
    finally:
        _book.reset(token)


def listen() -> None:
    """Hear of every fact that billing books."""
    fact_booked.connect(_fact_booked, dispatch_uid="risk.assessment")


def _fact_booked(sender: object, *, fact: Fact, **_: object) -> None:
    assess_fact(fact)


def assess_fact(fact: Fact) -> None:
    """The consequences of a fact of money that was just booked, and what they leave to be told."""
    _assess_fact(fact)
    _book.get().tell(fact.customer_id, fact.booked_on)
    _book.get().assessed(fact.customer_id)


def _assess_fact(fact: Fact) -> None:
    customer = _look_at(fact.customer_id, fact.value_on, fact.booked_on)
    since = customer.first_day_if_new or _counts_since(fact)
    if customer.waits_in_quarantine:
        _wait_since(fact.customer_id, since)
        return
    opened = _opened(fact.customer_id)
    if opened is None:
        return  # the night comes to it
    new = customer.first_day_if_new is not None
    if opened < fact.booked_on:
        opened = _open_ahead(fact.customer_id, opened, fact.booked_on)
        if since == opened and not new:
            return  # taken with all else that is known of the day
    if since > opened:
        return
    alone = (
        not new
        and fact.reverses_id is None
        and not customer.knows_later
        and fact.kind not in FROM_THE_OPENING
    )
    if since == opened and alone:
        _take_alone(fact, opened)
    else:
        _replay(fact.customer_id, since, opened, fact.booked_on, f"fact {fact.pk}")


def assess_decision(decision: Decision) -> None:
    """The consequences of a decision of staff, and what they leave to be told."""
    _assess_decision(decision)
    _book.get().tell(decision.customer_id, decision.booked_on)
    _book.get().assessed(decision.customer_id)


def _assess_decision(decision: Decision) -> None:
    customer = _look_at(decision.customer_id, decision.value_on, decision.booked_on)
    since = customer.first_day_if_new or decision.value_on
    if customer.waits_in_quarantine:
        _wait_since(decision.customer_id, since)
        return
    opened = _opened(decision.customer_id)
    if opened is None:
        return
    new = customer.first_day_if_new is not None
    if opened < decision.booked_on:
        opened = _open_ahead(decision.customer_id, opened, decision.booked_on)
        if since == opened and not new:
            return
    if since > opened:
        return
    if since == opened and not new:
        day = Day(
            rules=_book.get().rulebook.on(opened),
            scope=Few((decision.customer_id,)),
            booked_on=decision.booked_on,
        )
        days.decide(day)
    else:
        _replay(
            decision.customer_id,
            since,
            opened,
            decision.booked_on,
            f"decision {decision.pk}",
        )


class _Customer(NamedTuple):
    """How a customer stands when something of a value date is booked.

    `first_day_if_new`: they came after its opening, and no day has known them yet. `knows_later`:
    a fact of the value date was booked on a later date already.
    """

    first_day_if_new: datetime.date | None
    waits_in_quarantine: bool
    knows_later: bool


def _look_at(customer_id: int, value_on: datetime.date, booked_on: datetime.date) -> _Customer:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select (select c.opened_on from accounts_customer c where c.id = %(customer)s
                    and not exists (select from risk_score s where s.customer_id = c.id)),
                   exists (select from billing_quarantine q
                           where q.customer_id = %(customer)s and q.released_at is null),
                   exists (select from billing_fact f
                           where f.customer_id = %(customer)s and f.value_on = %(value_on)s
                             and f.booked_on > %(booked_on)s)
            """,
            {"customer": customer_id, "value_on": value_on, "booked_on": booked_on},
        )
        return _Customer(*cursor.fetchone())


def _wait_since(customer_id: int, since: datetime.date) -> None:
    """A quarantined customer's consequences come with the retry, from the earliest day on."""
    Quarantine.objects.filter(customer_id=customer_id, released_at=None, since__gt=since).update(
        since=since
    )


def _counts_since(fact: Fact) -> datetime.date:
    """The first day that the fact can change."""
    if fact.kind == FactKind.DUE_DAY:
        return fact.booked_on  # bills that are issued keep their dates
    if fact.kind == FactKind.REVERSE and fact.reverses is not None:
        return fact.reverses.value_on
    if fact.kind == FactKind.RESOLVE_DISPUTE and fact.outcome == Outcome.CUSTOMER:
        bill = Bill.objects.filter(number=fact.bill_number).first()
        if bill is not None and not bill.is_void:
            return min(bill.issued_on, fact.value_on)
    return fact.value_on


def _opened(customer_id: int) -> datetime.date | None:
    return _book.get().opened_through(customer_id)


def _open_ahead(customer_id: int, opened: datetime.date, on: datetime.date) -> datetime.date:
    """Open for one customer the days after `opened` up to `on`, as the night would: with all that
    the book knows of each already, for the night passes them by."""
    book = _book.get()
    for date in dates(opened + datetime.timedelta(days=1), on):
        day = Day(rules=book.rulebook.on(date), scope=Few((customer_id,)), booked_on=date)
        days.take_day(day)
    book.opened_ahead(customer_id, on)
    return on


def _take_alone(fact: Fact, on: datetime.date) -> None:
    day = Day(
        rules=_book.get().rulebook.on(on),
        scope=Few((fact.customer_id,)),
        booked_on=fact.booked_on,
    )
    days.apply_round(day, Round(1, fact.kind, [fact.pk], [fact.customer_id]))


def _replay(
    customer_id: int,
    since: datetime.date,
    through: datetime.date,
    booked_on: datetime.date,
    because_of: str,
) -> None:
    replay(
        [customer_id],
        since=since,
        through=through,
        rulebook=_book.get().rulebook,
        booked_on=booked_on,
        because_of=because_of,
    )
    _book.get().replayed(customer_id, since, through)


def share_shard(customer_id: int) -> None:
    """Wait while the night holds the customer's slice; hold the night off until the commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock_shared(%s, %s)", [_LOCK_CLASS, customer_id % SHARDS]
        )


def hold_shards(number: int, of: int) -> None:
    """Take the customers of a slice for the night: waits for the acts under way on them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(%s, n) from generate_series(%s::int, %s::int, %s::int) n",
            [_LOCK_CLASS, number, SHARDS - 1, of],
        )
