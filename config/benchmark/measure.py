"""One night, timed in this process, and what it wrote: rows by table and by step, log, memory."""

import datetime
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import log
from pathlib import Path
from time import perf_counter
from typing import Any

from django.db import connection, transaction

from billing.engine import sql
from billing.engine.scope import Slice
from billing.models import BusinessDay, DaySlice
from billing.queries import left_out
from config.night import days
from config.night.run import open_due_days
from config.night.telling import as_if_today
from risk import rules
from risk.engine import day as engine
from risk.engine.steps import Day

Written = dict[str, tuple[int, int, int]]
"""Rows inserted, updated and deleted by table; only tables that changed."""

_SETTINGS = (
    "shared_buffers",
    "work_mem",
    "max_wal_size",
    "synchronous_commit",
    "full_page_writes",
    "wal_compression",
    "jit",
    "autovacuum",
)


@dataclass
class Cost:
    """What a piece of work cost the server."""

    seconds: float = 0.0
    written: Written = field(default_factory=dict)
    log_bytes: int = 0

    @property
    def rows(self) -> int:
        return sum(sum(counts) for counts in self.written.values())


@dataclass
class Night(Cost):
    """A night: its seconds from the first step to the closed day, and those of each step."""

    steps: dict[str, float] = field(default_factory=dict)
    step_rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    opening: float = 0.0
    fees: tuple[int, str] = (0, "0")

    @property
    def close(self) -> float:
        """Seconds outside the steps: totals, checks, the calendar, figures for the planner."""
        return self.seconds - sum(self.steps.values())


@dataclass
class Again:
    """The opening of a day that is open already."""

    seconds: float
    rows: int


def night(on: datetime.date) -> Night:
    """Open and close the day that is due, which must be `on`."""
    found = Night()
    with costing(found), as_if_today(on):
        closed = open_due_days(on)
    if [day.on for day in closed] != [on]:
        raise RuntimeError(f"expected to open {on} alone, not {[str(day.on) for day in closed]}")
    report = closed[0].report
    found.steps = report["seconds"]
    found.step_rows = report["rows"]
    found.opening = sum(found.steps.get(step, 0.0) for step in engine.OPENING)
    charged = report["rows"]["charge_fees"]
    found.fees = (int(charged["fees"]), str(charged["amount"]))
    return found


def open_twice(on: datetime.date) -> tuple[float, Again]:
    """Open a day for the whole book, and once more before its own facts are taken: seconds of the
    first time; seconds and rows written of the second."""
    day = days.start(on)
    start = perf_counter()
    with transaction.atomic():
        _open_all(day)
    first = perf_counter() - start
    with transaction.atomic():
        before = _written_here()
        start = perf_counter()
        _open_all(day)
        seconds = perf_counter() - start
        rows = _written_here() - before
    return first, Again(seconds, rows)


def _open_all(day: BusinessDay) -> None:
    sql.expect_memory()
    for part in DaySlice.objects.filter(day=day).order_by("number"):
        scope = Slice(part.number, part.of, tuple(left_out(day.on)))
        engine.open_day(Day(rules=rules.current().on(day.on), scope=scope, booked_on=day.on))


@contextmanager
def costing(cost: Cost) -> Iterator[None]:
    """Note what the block costs: seconds, rows by table, bytes of write-ahead log."""
    rows, logged = _written(), _log_position()
    start = perf_counter()
    yield
    cost.seconds = perf_counter() - start
    after = _written()
    cost.log_bytes = _log_position() - logged
    none = (0, 0, 0)
    for table, counts in after.items():
        ins, upd, rem = (a - b for a, b in zip(counts, rows.get(table, none), strict=True))
        if ins or upd or rem:
            cost.written[table] = (ins, upd, rem)


def exponent(small: tuple[int, float], large: tuple[int, float]) -> float:
    """How seconds grow with customers: seconds ~ customers to the power of this."""
    return log(large[1] / small[1]) / log(large[0] / small[0])


def machine() -> dict[str, Any]:
    """The facts without which no second means anything."""
    with connection.cursor() as cursor:
        cursor.execute("select version()")
        version = cursor.fetchone()[0].split(" on ")[0]
        cursor.execute(
            "select name, current_setting(name) from pg_settings where name = any(%s)",
            [list(_SETTINGS)],
        )
        settings = dict(cursor.fetchall())
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "processor": _processor(),
        "python": platform.python_version(),
        "postgresql": version,
        "settings": settings,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _written() -> Mapping[str, tuple[int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("select pg_stat_force_next_flush()")
        cursor.execute("select pg_stat_clear_snapshot()")
        cursor.execute(
            "select relname, n_tup_ins, n_tup_upd, n_tup_del from pg_stat_user_tables "
            "where schemaname = 'public'"
        )
        return {row[0]: (row[1], row[2], row[3]) for row in cursor.fetchall()}


def _written_here() -> int:
    """Rows that this transaction wrote so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint "
            "from pg_stat_xact_user_tables where schemaname = 'public'"
        )
        return int(cursor.fetchone()[0])


def _log_position() -> int:
    """Bytes this connection has logged (PostgreSQL 18), else those of the whole server."""
    with connection.cursor() as cursor:
        if connection.pg_version >= 180_000:  # type: ignore[attr-defined]
            cursor.execute("select wal_bytes from pg_stat_get_backend_wal(pg_backend_pid())")
        else:
            cursor.execute("select pg_current_wal_lsn() - '0/0'")
        return int(cursor.fetchone()[0])
