"""What a forecast says of each day."""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.choices import Product
from risk import limits
from risk.forecast.steps import Repay, Step


@dataclass(frozen=True)
class LineState:
    """A line at the end of a day; amounts in the major unit. `written_off` is what is still owed
    of its bills that are off the books, a part of `outstanding`."""

    product: str
    status: str
    assigned_limit: Decimal
    effective_limit: Decimal
    available: Decimal
    outstanding: Decimal
    credit: Decimal
    dpd: int
    severity: str
    written_off: Decimal


@dataclass(frozen=True)
class DayState:
    """A customer at the end of a day. `restrictions`: (product, trigger, code), sorted; `due`:
    what is outstanding, by product, on bills due that day."""

    on: datetime.date
    score: int | None
    lines: tuple[LineState, ...]
    restrictions: tuple[tuple[str, str, str], ...]
    plans: tuple[tuple[str, str], ...]
    due: tuple[tuple[str, Decimal], ...]

    def line(self, product: str) -> LineState:
        return next(line for line in self.lines if line.product == product)

    def restricted(self, product: str) -> bool:
        return any(row[0] == product for row in self.restrictions)


@dataclass(frozen=True)
class Forecast:
    """`now` is how things stand before the steps; `days` begins with the day of today itself.

    `payments` are all repayments that were supposed: those of the steps, and those of bills that
    are paid when they are due.
    """

    now: DayState
    days: tuple[DayState, ...]
    steps: tuple[Step, ...]
    payments: tuple[Repay, ...]

    @property
    def last(self) -> DayState:
        return self.days[-1]

    def on(self, day: datetime.date) -> DayState:
        """The state at the end of a day; raises KeyError beyond the forecast."""
        place = (day - self.days[0].on).days
        if not 0 <= place < len(self.days):
            raise KeyError(day)
        return self.days[place]

    def free_on(self, product: str) -> datetime.date | None:
        """The first day from which nothing restricts the line until the end; None if none is."""
        free: datetime.date | None = None
        for day in self.days:
            if day.restricted(product):
                free = None
            elif free is None:
                free = day.on
        return free


def read_day(on: datetime.date, text: str) -> DayState:
    """A day from the document that `forecast_day.sql` makes."""
    document: dict[str, Any] = json.loads(text)
    return DayState(
        on=on,
        score=document["score"],
        lines=tuple(
            _line(row, Decimal(document["written_off"].get(row["product"], 0)))
            for row in sorted(document["lines"], key=_place)
        ),
        restrictions=tuple((a, b, c) for a, b, c in document["restrictions"]),
        plans=tuple(sorted(document["plans"].items())),
        due=tuple((product, Decimal(owed)) for product, owed in sorted(document["due"].items())),
    )


def _place(row: dict[str, Any]) -> int:
    return list(Product).index(Product(row["product"]))


def _line(row: dict[str, Any], written_off: Decimal) -> LineState:
    assigned = Decimal(row["assigned_limit"])
    effective = limits.effective(assigned, Decimal(row["factor"]), row["status"])
    return LineState(
        product=row["product"],
        status=row["status"],
        assigned_limit=assigned,
        effective_limit=effective,
        available=limits.available(effective, Decimal(row["used"])),
        outstanding=Decimal(row["outstanding"]),
        credit=Decimal(row["credit"]),
        dpd=row["dpd"],
        severity=row["severity"],
        written_off=written_off,
    )


def changes(days: Sequence[DayState], now: DayState) -> list[tuple[DayState, DayState]]:
    """The days that differ from the one before them, each with that one."""
    pairs = zip([now, *days[:-1]], days, strict=True)
    return [(before, day) for before, day in pairs if _differs(before, day)]


def _differs(before: DayState, day: DayState) -> bool:
    return (before.score, before.restrictions, before.plans, _off(before)) != (
        day.score,
        day.restrictions,
        day.plans,
        _off(day),
    )


def _off(day: DayState) -> list[Decimal]:
    return [line.written_off for line in day.lines]
