"""The due dates that a day's bills move off holidays (docs/rules.md, Due dates on holidays)."""

import datetime

from billing import holidays
from billing.terms import NONE, Terms


def moved_due_dates(
    terms: Terms, *, on: datetime.date, first: datetime.date, last: datetime.date
) -> dict[str, list[datetime.date]]:
    """Of the due dates first..last those that move for bills issued on a day, and where to.

    One query, none where the terms leave due dates alone. Dates that are past stay.
    """
    off: list[datetime.date] = []
    instead: list[datetime.date] = []
    if terms.due_on_holiday != NONE:
        assert terms.calendar is not None  # the terms are refused otherwise
        days = holidays.known_at(on, terms.calendar)
        for n in range((last - first).days + 1):
            due_on = first + datetime.timedelta(days=n)
            moved = days.moved(due_on, issued_on=on, rule=terms.due_on_holiday)
            if moved != due_on:
                off.append(due_on)
                instead.append(moved)
    return {"off": off, "instead": instead}
