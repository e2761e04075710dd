"""The calendar of a file: `holidays`, a list of weekdays off and of days, each as announced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from billing.terms import Terms
from risk.scenario_file.timeline import HolidayRow
from risk.scenario_file.values import FIRST_DAY, any_later_date, date, flag, shown

WEEKDAYS: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
MOST_DAYS: Final = 366


def calendar_of(entries: Any) -> tuple[tuple[int, ...], tuple[HolidayRow, ...]]:
    """Weekdays off and announced days of a list; raises ValueError that names the entry."""
    weekend: set[int] = set()
    rows: list[HolidayRow] = []
    for n, entry in enumerate(entries, start=1):
        try:
            if isinstance(entry, Mapping) and "weekday" in entry:
                weekend.add(_weekday(entry))
            else:
                rows += _days(entry)
        except ValueError as error:
            raise ValueError(f"entry {n}: {error}") from error
    if len(weekend) == 7:
        raise ValueError("no weekday is a banking day")
    if len({(row.on, row.announced) for row in rows}) < len(rows):
        raise ValueError("a day is announced twice on one day")
    return tuple(sorted(weekend)), tuple(sorted(rows, key=lambda row: (row.announced, row.on)))


def _weekday(entry: Mapping[str, Any]) -> int:
    if set(entry) != {"weekday"} or entry["weekday"] not in WEEKDAYS:
        raise ValueError(f"weekday is none of {', '.join(WEEKDAYS)}, and stands alone")
    return WEEKDAYS.index(entry["weekday"]) + 1


def _days(entry: object) -> list[HolidayRow]:
    if not isinstance(entry, Mapping) or "date" not in entry:
        raise ValueError(f"{shown(entry)} is no mapping with date or weekday")
    for key in entry:
        if key not in ("date", "until", "announced", "worked"):
            raise ValueError(f"unknown key {key[:40]!r}")
    first = date(entry["date"])
    until = any_later_date(entry["until"]) if "until" in entry else first + dt.timedelta(days=1)
    if not 0 < (until - first).days <= MOST_DAYS:
        raise ValueError(f"until {until} is not 1 to {MOST_DAYS} days after {first}")
    announced = date(entry["announced"]) if "announced" in entry else FIRST_DAY
    worked = flag(entry.get("worked", False))
    return [
        HolidayRow(first + dt.timedelta(days=n), announced, worked)
        for n in range((until - first).days)
    ]


def one_calendar(value: Any) -> None:
    """Raise ValueError if the products of a file, terms by product, name several calendars."""
    terms: Mapping[str, Terms] = value
    names = sorted({each.calendar for each in terms.values() if each.calendar is not None})
    if len(names) > 1:
        raise ValueError(f"a file has one calendar, not {' and '.join(names)}")
