"""Runs the days to come in shadow tables, by the steps of every night."""

import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from billing.engine import sql
from billing.engine.scope import Few
from billing.engine.shadow import shadow_run
from billing.models import CreditLine, Fact
from billing.queries import Round
from risk import rules
from risk.engine import day as engine
from risk.engine.merge import TABLES
from risk.engine.replay import dates, rewind
from risk.engine.steps import Day
from risk.explain.record import business_day
from risk.forecast.days import DayState, Forecast, read_day
from risk.forecast.steps import Repay, Settle, Step, spelled_out

MOST_DAYS = 365
#: Facts and decisions stand in the shadow too: the supposed ones beside the customer's own.
_SUPPOSED = ("billing_fact", "billing_planinstalment", "risk_decision")


class NoBook(Exception):
    """No day of the customer's is open yet: there is nothing to go on from."""


def forecast(
    customer_id: int, *, steps: Sequence[Step] = (), days: int = 90, bills_on_time: bool = True
) -> Forecast:
    """The customer's next `days` days (1 to 365) if `steps` happen and nothing else does.

    It begins on the customer's last open day: a step of that day or before counts on it, as if
    booked now. With `bills_on_time` every bill that falls due after that, in no plan, is paid in
    full on its due date. Policies published for days to come are in force on them. Raises NoBook.
    """
    today = business_day(customer_id)
    if today is None:
        raise NoBook
    last = today + datetime.timedelta(days=min(max(days, 1), MOST_DAYS))
    with _supposing():
        return Run(customer_id, today, last, bills_on_time).play(spelled_out(steps))


@contextmanager
def ahead(customer_id: int, on: datetime.date) -> Iterator["Run"]:
    """Within, the customer as they stand once `on` is open and nothing else has happened: steps
    can be taken there. `on` is the last open day or up to 365 days later. Raises NoBook."""
    today = business_day(customer_id)
    if today is None or not 0 <= (on - today).days <= MOST_DAYS:
        raise NoBook
    with _supposing():
        run = Run(customer_id, today, on, False)
        run.play([])
        yield run


@contextmanager
def _supposing() -> Iterator[None]:
    alone = not connection.in_atomic_block
    with transaction.atomic():
        if alone:  # one state of the book for all statements, without holding up an act
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read")
        with shadow_run((*TABLES, *_SUPPOSED), name="forecast"):
            yield
        # and the shadows of facts go with it, so that no replay of this connection meets them
        transaction.set_rollback(True)


class Run:
    """One forecast under way, inside its shadow run."""

    def __init__(
        self, customer_id: int, today: datetime.date, last: datetime.date, on_time: bool
    ) -> None:
        self.scope = Few((customer_id,))
        self.today, self.last, self.on_time = today, last, on_time
        self.rulebook = rules.current()
        self.lines: Mapping[str, CreditLine] = {
            line.product: line for line in CreditLine.objects.filter(customer_id=customer_id)
        }
        self.payments: list[Repay] = []

    def play(self, steps: list[Step]) -> Forecast:
        rewind(self.scope, self.today, self.rulebook)
        sql.run("risk", "forecast_facts", self.scope, {})
        known = self._days_with_facts()
        self._open(self.today, known)
        now = self._state(self.today)
        found = [self._then(now, [step for step in steps if step.on <= self.today])]
        for on in dates(self.today + datetime.timedelta(days=1), self.last):
            self._open(on, known)
            day = self._then(self._state(on), [step for step in steps if step.on == on])
            if self.on_time and day.due:
                day = self._then(day, [Repay(product, owed, on) for product, owed in day.due])
            found.append(day)
        return Forecast(now, tuple(found), tuple(steps), tuple(self.payments))

    def _open(self, on: datetime.date, known: Collection[datetime.date]) -> None:
        day = self._day(on)
        with sql.without_waiting():
            engine.open_day(day)
        # what the terms decided on a day that is open already is among its facts
        decided = on > self.today and engine.decide_by_terms(day)
        if decided or on in known:
            engine.live_day(day)

    def _then(self, state: DayState, steps: list[Step]) -> DayState:
        """The day once these steps are booked on it."""
        for step in steps:
            self._take(self._day(state.on), step)
        return self._state(state.on) if steps else state

    def settle(self, step: Settle) -> Fact:
        """A settlement on the last day of the run."""
        fact = step.book(self.lines)
        self._apply(self._day(self.last), fact)
        return fact

    def _take(self, day: Day, step: Step) -> None:
        """What happens once the day is open, as a fact that is booked then."""
        if step.product not in self.lines:
            return
        if isinstance(step, Repay):
            step = Repay(step.product, step.amount, day.on)
            self.payments.append(step)
        self._apply(day, step.book(self.lines))

    def _apply(self, day: Day, fact: Fact) -> None:
        engine.apply_round(day, Round(1, fact.kind, [fact.pk], list(self.scope.customers)))

    def _days_with_facts(self) -> set[datetime.date]:
        """From today on: what is booked already for days that are not open yet."""
        with connection.cursor() as cursor:
            cursor.execute(
                "select value_on from billing_fact where value_on >= %(today)s "
                "union select value_on from risk_decision where value_on >= %(today)s",
                {"today": self.today},
            )
            return {on for (on,) in cursor.fetchall()}

    def _day(self, on: datetime.date) -> Day:
        return Day(rules=self.rulebook.on(on), scope=self.scope, booked_on=on)

    def _state(self, on: datetime.date) -> DayState:
        return read_day(on, sql.run("risk", "forecast_day", self.scope, {"on": on})["state"])
