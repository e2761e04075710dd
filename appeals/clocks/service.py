"""The service clock: seconds of a working calendar, in the zone where it is worked.

Spans are wall-clock hours of the zone; their length is the time that really passes, so that a day
on which clocks are changed is neither gained nor lost.
"""

import datetime
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from appeals.clocks.calendar import Worked

#: A promise farther away than this is none; also what ends the search in an empty calendar.
LONGEST = datetime.timedelta(days=3660)

Moment = datetime.datetime
_UTC = datetime.UTC


class NeverWorked(Exception):
    """The calendar has not so many hours."""


def after(start: Moment, seconds: int, calendar: Worked, zone: ZoneInfo) -> Moment:
    """The moment by which so many seconds of working time have passed since `start`.

    For 0 or less it is overrun already, and stays so: `start` less as many seconds.
    """
    if seconds <= 0:
        return start + datetime.timedelta(seconds=seconds)
    remaining = seconds
    for first, last in _spans_from(start, calendar, zone):
        begin = max(first, start)
        length = int((last - begin).total_seconds())
        if length <= 0:
            continue
        if remaining <= length:
            return begin + datetime.timedelta(seconds=remaining)
        remaining -= length
    raise NeverWorked(f"{seconds} seconds after {start}")


def between(start: Moment, end: Moment, calendar: Worked, zone: ZoneInfo) -> int:
    """Seconds of working time from `start` to `end`; below 0 if `end` is the earlier one."""
    if end < start:
        return -between(end, start, calendar, zone)
    total = 0
    for first, last in _spans_from(start, calendar, zone):
        if first >= end:
            break
        total += max(int((min(last, end) - max(first, start)).total_seconds()), 0)
    return total


def _spans_from(start: Moment, calendar: Worked, zone: ZoneInfo) -> Iterator[tuple[Moment, Moment]]:
    day = start.astimezone(zone).date()
    for n in range(LONGEST.days):
        on = day + datetime.timedelta(days=n)
        for first, last in calendar.spans(on):
            yield (
                Moment.combine(on, first, tzinfo=zone).astimezone(_UTC),
                Moment.combine(on, last, tzinfo=zone).astimezone(_UTC),
            )
