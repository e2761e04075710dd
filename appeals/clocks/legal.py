"""The legal clock: calendar days from receipt, in the book's time zone. It never rests."""

import datetime
from collections.abc import Sequence
from zoneinfo import ZoneInfo


def received_on(at: datetime.datetime, zone: ZoneInfo) -> datetime.date:
    """The day on which something arrived, where the book is."""
    return at.astimezone(zone).date()


def due_on(received: datetime.date, days: int) -> datetime.date:
    """The last day on which an answer is in time; the day of receipt is not counted."""
    return received + datetime.timedelta(days=days)


def left(due: datetime.date, today: datetime.date) -> int:
    """Days that are left: 0 on the last day, below 0 once it is overrun."""
    return (due - today).days


def alarm(days_left: int, alarms: Sequence[int]) -> int | None:
    """The alarm that is due: the nearest of the falling `alarms` that has been reached; -1 once
    overrun; None before the first."""
    if days_left < 0:
        return -1
    reached = [at for at in alarms if days_left <= at]
    return min(reached) if reached else None
