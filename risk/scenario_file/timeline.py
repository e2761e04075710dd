"""What a file holds: a customer, terms, policies, facts and what is expected of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from billing.terms import Terms
from risk.policy import Policy

ALL: Final = None
"""The amount of `waive {amount: all}`."""


class ScenarioError(ValueError):
    """A file that is refused; `errors` holds a line for each reason, without the file's name."""

    def __init__(self, path: Path | str, errors: Sequence[str]) -> None:
        self.path = Path(path)
        self.errors = tuple(errors)
        super().__init__("\n".join(f"{path}: {error}" for error in self.errors))


class Instalment(NamedTuple):
    """A part of a plan: what should have been paid by the end of `due`."""

    due: dt.date
    amount: Decimal


class HolidayRow(NamedTuple):
    """What was announced of a day of the file's calendar: off, or a banking day (`worked`)."""

    on: dt.date
    announced: dt.date
    worked: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened. `booked_on` is when we learned of it, `value_on` when it counts.

    `index` is its place in the file, from 1. `data` holds its kind's keys, typed: amounts are
    Decimal (`ALL` for `waive … all`), dates `date`, counts `int`, `bills` a tuple of names,
    `instalments` a tuple of `Instalment` (for a draw: a count); optional keys are always
    there (`interest` 0, `factor` None).
    """

    index: int
    booked_on: dt.date
    value_on: dt.date
    kind: str
    data: Mapping[str, Any]

    @property
    def booking_order(self) -> tuple[dt.date, int]:
        return self.booked_on, self.index

    @property
    def counting_order(self) -> tuple[dt.date, dt.date, int]:
        """Facts of one value date count in booking order ("The day")."""
        return self.value_on, self.booked_on, self.index


Expectation: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A customer's timeline. `policies` are (first day, policy) in order: the file's own from
    the customer's first day, then one for each `policy` fact; the last that applies counts.
    `facts` are sorted by booking date, then place in the file. `weekend` (weekdays off, Monday 1
    to Sunday 7) and `holidays`, by announcement, are the calendar that its terms name.
    """

    name: str
    path: Path
    opened: dt.date
    lines: Mapping[str, Decimal]
    terms: Mapping[str, Terms]
    policies: tuple[tuple[dt.date, Policy], ...]
    facts: tuple[Fact, ...]
    expect: tuple[Expectation, ...]
    weekend: tuple[int, ...] = ()
    holidays: tuple[HolidayRow, ...] = ()
