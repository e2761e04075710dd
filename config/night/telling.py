"""What an opened day leaves to be told, as one more step of it (risk/notices/telling.py)."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter

from django.utils import timezone

from risk.engine import day as engine
from risk.engine.steps import Day
from risk.notices import telling

_as_if: ContextVar[datetime.date | None] = ContextVar("today", default=None)


def tell(day: Day, report: engine.Report) -> None:
    """Queue what is news today; what a catch-up finds of long ago is only noted."""
    start = perf_counter()
    counts = telling.tell_day(day, today=_as_if.get() or timezone.localdate())
    report("tell", counts, perf_counter() - start)


@contextmanager
def as_if_today(on: datetime.date) -> Iterator[None]:
    """A benchmark opens a day of its own calendar as a night of that day would."""
    token = _as_if.set(on)
    try:
        yield
    finally:
        _as_if.reset(token)
