"""The night as processes run it: `manage.py nightly --workers N`, its seconds and its memory.

The processes start, connect, and find the calendar locked; the clock runs from the moment it is
free until the day is closed, so that the start of Python counts for nobody.
"""

import datetime
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from billing.models import BusinessDay
from config.places import BASE

_PATIENCE = 120.0


@dataclass(frozen=True)
class Run:
    """A night of so many processes: seconds, and the most memory that one of them held."""

    workers: int
    seconds: float
    memory_mb: float


def night(on: datetime.date, workers: int, address: str) -> Run:
    """Open `on` in the current database, which other processes reach at `address`."""
    words = [sys.executable, str(BASE / "manage.py"), "nightly", "--on", str(on), "--json"]
    environment = {**os.environ, "DATABASE_URL": address}
    with calendar_held():
        process = subprocess.Popen(
            [*words, "--workers", str(workers)], env=environment, stdout=subprocess.DEVNULL
        )
        with _ended_with_us(process):
            memory = _watch_until_waiting(process, workers)
    start = timezone.now()
    with _ended_with_us(process):
        memory = max(memory, _watch(process))
    if process.returncode:
        raise RuntimeError(f"nightly ended with {process.returncode}")
    closed = BusinessDay.objects.get(pk=on).closed_at
    if closed is None:
        raise RuntimeError(f"{on} is not closed")
    return Run(workers, (closed - start).total_seconds(), memory / 1024)


@contextmanager
def _ended_with_us(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    try:
        yield
    except BaseException:
        process.terminate()
        process.wait()
        raise


@contextmanager
def calendar_held() -> Iterator[None]:
    """Let nobody begin a night before the block ends: who comes meanwhile waits."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("lock table billing_businessday in access exclusive mode")
        yield


def waiting() -> int:
    """How many processes wait for the calendar."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_locks where not granted "
            "and relation = 'billing_businessday'::regclass "
            "and database = (select oid from pg_database where datname = current_database())"
        )
        return int(cursor.fetchone()[0])


def _watch_until_waiting(process: "subprocess.Popen[bytes]", workers: int) -> int:
    deadline = time.monotonic() + _PATIENCE
    memory = 0
    while time.monotonic() < deadline:
        memory = max(memory, _peak_memory(_family(process.pid)))
        if waiting() >= workers:
            return memory
        if process.poll() is not None:
            raise RuntimeError(f"nightly ended with {process.returncode}")
        time.sleep(0.05)
    raise RuntimeError("the workers did not come")


def _watch(process: "subprocess.Popen[bytes]") -> int:
    memory = 0
    while process.poll() is None:
        memory = max(memory, _peak_memory(_family(process.pid)))
        time.sleep(0.05)
    return memory


def _family(pid: int) -> list[int]:
    """A process and its children."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    return [pid, *map(int, children)]


def _peak_memory(pids: Sequence[int]) -> int:
    """The most kilobytes that one of the processes has held so far; 0 where nobody tells."""
    peak = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue
        peak = max([peak, *(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))])
    return peak
