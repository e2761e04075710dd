"""The loop over the days that are due, as one process runs it.

Several processes may run it at once: each takes slices that nobody has, waits where others are at
work, and whoever comes first closes the day.
"""

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass

from billing.choices import DayStatus
from billing.models import BusinessDay
from config.night import days, worklists

#: Seconds between two looks at a day whose last slices others have.
PATIENCE = 0.1


@dataclass
class Watcher:
    """What a caller hears of the run."""

    day_started: Callable[[datetime.date], None] = lambda on: None
    step_done: Callable[[str], None] = lambda step: None
    day_closed: Callable[[BusinessDay], None] = lambda day: None


def open_due_days(through: datetime.date, watcher: Watcher | None = None) -> list[BusinessDay]:
    """Open and close every day due up to `through`, in order; raises days.DayFailed on a check."""
    watcher = watcher or Watcher()
    closed: list[BusinessDay] = []
    while (day := days.next_due(through)) is not None:
        watcher.day_started(day.on)
        _open(day, watcher)
        day = days.close(day, thorough=day.on == through)
        watcher.day_closed(day)
        closed.append(day)
    worklists.catch_up()
    return closed


def _open(day: BusinessDay, watcher: Watcher) -> None:
    """Take slices until all are done; where others have the last ones, wait for them."""
    while True:
        if days.work_on_slice(day, watcher.step_done):
            continue
        if days.is_opened(day):
            return
        if BusinessDay.objects.get(pk=day.pk).status == DayStatus.CLOSED:
            return
        time.sleep(PATIENCE)
