"""The night as Celery tasks. The list of work is the calendar in PostgreSQL; the broker only wakes
workers, and may lose or repeat every message: a task takes whatever slice waits."""

import datetime

from celery import shared_task
from django.utils import timezone
from structlog import get_logger

from billing.models import BusinessDay, DaySlice
from config.night import days, worklists
from config.night.days import DayFailed
from config.night.quarantine import Epidemic
from risk import checks

log = get_logger(__name__)


#: When a day opens, in the book's time zone. Whoever looks in earlier finds yesterday due.
OPENS_AT = datetime.time(0, 10)


def due_through(now: datetime.datetime) -> datetime.date:
    """The last day that is due at a local time of the book."""
    today = now.date()
    return today if now.time() >= OPENS_AT else today - datetime.timedelta(days=1)


@shared_task(name="config.night.nightly")
def nightly() -> None:
    """Start the next day that is due, if any, and wake a worker for each of its slices."""
    _advance()


@shared_task(name="config.night.sweep")
def sweep() -> None:
    """Every minute: what a lost message or a dead worker left goes on."""
    _advance()


@shared_task(name="config.night.slice")
def open_slice(on: str) -> None:
    """Take one slice of the day; the last one closes the day and starts the next."""
    day = BusinessDay.objects.filter(on=datetime.date.fromisoformat(on)).first()
    if day is None:
        return
    try:
        days.work_on_slice(day)
    except Epidemic as error:
        log.error("night_slice_failed", day=on, error=str(error))
        raise
    if days.is_opened(day):
        _advance()


@shared_task(name="config.night.check_book")
def check_book() -> None:
    """Once a week: every check over the whole book, which a night does only in part."""
    for finding in checks.all_findings(checks.whole_book()):
        log.error("book_check_failed", **finding.document())


def _advance() -> None:
    today = due_through(timezone.localtime())
    day = days.next_due(today)
    while day is not None and days.is_opened(day):
        try:
            days.close(day, thorough=day.on == today)
        except DayFailed as failed:
            log.error("night_day_failed", day=str(day.on), error=failed.day.error)
            return
        day = days.next_due(today)
    if day is None:
        worklists.catch_up()
    else:
        for _ in range(DaySlice.objects.filter(day=day, status="waiting").count()):
            open_slice.delay(day.on.isoformat())
