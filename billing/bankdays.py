"""Which days are banking days, and where a due date goes that is none.

Source: docs/rules.md, Due dates on holidays. Nothing here needs the database.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from billing.terms import FOLLOWING, PRECEDING

FARTHEST: Final = 366
"""Days within which a banking day is looked for; a date with none stays."""
_DAY: Final = datetime.timedelta(days=1)


@dataclass(frozen=True)
class BankDays:
    """`weekend`: weekdays off, Monday 1 to Sunday 7; `days`: those that are otherwise, and
    whether they are banking days."""

    weekend: frozenset[int] = frozenset()
    days: Mapping[datetime.date, bool] = field(default_factory=dict)

    def banking(self, day: datetime.date) -> bool:
        return self.days.get(day, day.isoweekday() not in self.weekend)

    def moved(self, due_on: datetime.date, *, issued_on: datetime.date, rule: str) -> datetime.date:
        """The due date of a bill issued on a day; never before that day."""
        if self.banking(due_on):
            return due_on
        for day in _candidates(due_on, issued_on, rule):
            if self.banking(day):
                return day
        return due_on


def _candidates(
    due_on: datetime.date, issued_on: datetime.date, rule: str
) -> Iterator[datetime.date]:
    if rule == FOLLOWING:
        yield from (due_on + n * _DAY for n in range(1, FARTHEST + 1))
    elif rule == PRECEDING:
        days = min((due_on - issued_on).days, FARTHEST)
        yield from (due_on - n * _DAY for n in range(1, days + 1))
