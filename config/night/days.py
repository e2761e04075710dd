"""One business day: a grid of the engine's steps (risk/engine/day.py) and slices of the book.

A slice is one transaction. It locks its row in the calendar: that lock is the lease. A worker that
dies loses it with its connection, and the next one finds the slice waiting; there is nothing to
expire and nothing to fence. Days open strictly in order; a day closes when all its slices are
done and the checks hold.
"""

import datetime
import os
import socket
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from accounts import outbox
from billing.choices import DayStatus, SliceStatus
from billing.engine import sql
from billing.engine.scope import Slice
from billing.models import AheadOfNight, BusinessDay, DaySlice
from billing.queries import left_out
from config.night import report
from config.night.quarantine import isolate
from config.night.telling import tell
from risk import assessment, rules
from risk.engine import day as engine
from risk.engine.steps import Day

Progress = Callable[[str], None]

#: A slice holds about as many customers as a worker opens in a second or two.
CUSTOMERS_A_SLICE = 250_000
_TWO_SLICES_FROM = 100_000


class DayFailed(Exception):
    """A check of the day does not hold: the day stays open, its findings are on its row."""

    def __init__(self, day: BusinessDay) -> None:
        super().__init__(day.error)
        self.day = day


def next_due(through: datetime.date) -> BusinessDay | None:
    """The day to work on: the one that is open, or the next one that is due; None if none is.

    The book's first day is its first customer's. Raises nothing if the book is empty.
    """
    if (unclosed := _unclosed()) is not None:
        return unclosed if unclosed.on <= through else None
    on = _day_after_last()
    if on is None or on > through:
        return None
    try:
        return start(on)
    except BusinessDay.DoesNotExist:
        return _unclosed()  # another process was first, and is further


def start(on: datetime.date) -> BusinessDay:
    """Put a day and its slices into the calendar, once.

    Raises BusinessDay.DoesNotExist if another day is open.
    """
    with transaction.atomic():
        of = _slices()
        with connection.cursor() as cursor:
            cursor.execute(
                'insert into billing_businessday ("on", status, slices) values (%s, %s, %s) '
                "on conflict do nothing",
                [on, DayStatus.OPENING, of],
            )
            created = cursor.rowcount == 1
        if created:
            DaySlice.objects.bulk_create(DaySlice(day_id=on, number=n, of=of) for n in range(of))
    return BusinessDay.objects.get(on=on)


def _unclosed() -> BusinessDay | None:
    return BusinessDay.objects.exclude(status=DayStatus.CLOSED).order_by("on").first()


def work_on_slice(day: BusinessDay, progress: Progress = lambda step: None) -> bool:
    """Take a slice that waits and open it; False if none waits that nobody else has."""
    with transaction.atomic():
        part = (
            DaySlice.objects.select_for_update(skip_locked=True)
            .filter(day=day, status=SliceStatus.WAITING)
            .order_by("number")
            .first()
        )
        if part is None:
            return False
        _open(part, progress)
    return True


def is_opened(day: BusinessDay) -> bool:
    """Every slice of the day is done."""
    return not DaySlice.objects.filter(day=day).exclude(status=SliceStatus.DONE).exists()


def close(day: BusinessDay, *, thorough: bool) -> BusinessDay:
    """Check the day and close it; raises DayFailed if a check does not hold.

    Acts on customers wait for the moment of the checks, so that all of them see one state.
    """
    _renew_figures()
    with transaction.atomic():
        day = BusinessDay.objects.select_for_update().get(pk=day.pk)
        if day.status == DayStatus.CLOSED:
            return day
        assessment.hold_shards(0, 1)
        # what failed a check of the whole book is not closed on the checks of a part
        thorough = thorough or day.status == DayStatus.FAILED
        findings = report.write(day, thorough=thorough)
        day.status = DayStatus.FAILED if findings else DayStatus.CLOSED
        day.closed_at = None if findings else timezone.now()
        day.error = "; ".join(f"{f.title}: {f.failures}" for f in findings)
        day.save(update_fields=["status", "closed_at", "report", "error"])
        if not findings:
            AheadOfNight.objects.filter(opened_on__lte=day.on).delete()
            _announce(day)
    if findings:
        raise DayFailed(day)
    return day


def _announce(day: BusinessDay) -> None:
    """Partners hear that the day is closed, with the totals of the book."""
    assert day.closed_at is not None
    data = {"on": day.on.isoformat(), "totals": day.report.get("totals", {})}
    outbox.announce(
        event=outbox.Event.DAY_CLOSED, key=day.on.isoformat(), customer=None, data=data,
        at=day.closed_at,
    )  # fmt: skip


_GROWN = """
select c.relname
from pg_stat_user_tables s join pg_class c on c.oid = s.relid
where c.relname ~ '^(accounts|billing|risk)_'
  and s.n_mod_since_analyze > 500 + 0.2 * greatest(c.reltuples, 0)
"""


def _renew_figures() -> None:
    """Tell the planner of the tables that the day made grow: a catch-up outruns autovacuum, and
    the checks of the close would be planned for tables that were empty yesterday."""
    with connection.cursor() as cursor:
        cursor.execute(_GROWN)
        for (table,) in cursor.fetchall():
            cursor.execute(f"analyze {table}")


def _open(part: DaySlice, progress: Progress) -> None:
    assessment.hold_shards(part.number, part.of)
    sql.expect_memory()
    scope = Slice(part.number, part.of, tuple(left_out(part.day_id)))
    day = Day(rules=rules.current().on(part.day_id), scope=scope, booked_on=part.day_id)
    rows: dict[str, dict[str, Any]] = {}
    seconds: dict[str, float] = {}

    def note(step: str, counts: engine.Counts, took: float) -> None:
        report.add(rows.setdefault(step, {}), counts)
        seconds[step] = seconds.get(step, 0.0) + took
        progress(step)

    try:
        with transaction.atomic():
            engine.take_day(day, note)
            tell(day, note)
    except (OperationalError, InterfaceError):
        raise  # the database or the connection, no customer: the next worker tries again
    except (DatabaseError, ArithmeticError, ValueError) as error:
        part.error = str(error)[:2000]
        rows.clear()
        isolate(day, note)
    part.rows, part.seconds = report.plain(rows), seconds
    part.status, part.done_at, part.owner = SliceStatus.DONE, timezone.now(), worker_name()
    part.save()


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _slices() -> int:
    """A power of two that divides the locks the customers share."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from accounts_customer")
        customers = cursor.fetchone()[0]
    of = 1 if customers < _TWO_SLICES_FROM else 2
    while of < assessment.SHARDS and customers > of * CUSTOMERS_A_SLICE:
        of *= 2
    return of


def _day_after_last() -> datetime.date | None:
    last = BusinessDay.objects.order_by("-on").first()
    if last is not None:
        return last.on + datetime.timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute("select min(opened_on) from accounts_customer")
        first: datetime.date | None = cursor.fetchone()[0]
    return first
