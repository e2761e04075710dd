"""manage.py nightly [--on DATE] [--json] [--workers N]"""

import datetime
import json
import re
import subprocess
import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from billing.choices import FactKind
from billing.models import BusinessDay
from config.doctor import require_database
from config.night import days, report
from config.night.quarantine import Epidemic
from config.night.run import Watcher, open_due_days
from risk.engine.day import DECIDED_BY_TERMS, DECISIONS, OPENING, REACTION
from risk.rules import NoPolicy


def business_date(text: str) -> datetime.date:
    """A date as YYYY-MM-DD; anything else is refused with the value named."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):  # ISO knows weeks as well
            raise ValueError
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no date (YYYY-MM-DD)") from None


def workers(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 64:
        raise ArgumentTypeError(f"{text!r} is no number of workers (1 to 64)")
    return int(text)


class Command(BaseCommand):
    help = "Opens every business day that is due, in order, up to today or --on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=business_date, metavar="DATE", help="last day to open")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--workers", type=workers, default=1, help="processes that share it")

    def handle(
        self, *args: Any, on: datetime.date | None, json: bool, workers: int, **options: Any
    ) -> None:
        require_database()
        today = timezone.localdate()
        through = on or today
        if through > today:
            raise CommandError(
                f"--on {through}: that day has not come; today is {today}", returncode=2
            )
        helpers = [_helper(through) for _ in range(workers - 1)]
        try:
            closed = self._run(through, quiet=json)
        except NoPolicy as error:
            raise CommandError(
                f"{error}; import a book or publish a policy", returncode=2
            ) from error
        except days.DayFailed as failed:
            self._say_failed(failed.day, as_json=json)
            sys.exit(1)
        except Epidemic as error:
            raise CommandError(str(error)) from error
        finally:
            for helper in helpers:
                helper.wait()
        self._say(closed, as_json=json)

    def _run(self, through: datetime.date, *, quiet: bool) -> list[BusinessDay]:
        console = Console(stderr=True)
        if quiet or not console.is_terminal:
            return open_due_days(through)
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        ) as progress:
            task = progress.add_task("", total=_days_due(through))
            return open_due_days(
                through,
                Watcher(
                    day_started=lambda on: progress.update(task, description=on.isoformat()),
                    day_closed=lambda day: progress.advance(task),
                ),
            )

    def _say(self, closed: list[BusinessDay], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([_document(day) for day in closed], ensure_ascii=False))
            return
        if not closed:
            self.stdout.write("Every day due is closed already.")
            return
        for line in _summary(closed):
            self.stdout.write(line)

    def _say_failed(self, day: BusinessDay, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([_document(day)], ensure_ascii=False))
        self.stderr.write(self.style.ERROR(f"{day.on} is NOT CLOSED: {day.error}"))
        for finding in day.report["checks"]:
            for key, words in zip(finding["ids"], finding["words"], strict=True):
                self.stderr.write(f"  {finding['name']} {key}: {words}")
        self.stderr.write("  See manage.py check_book; mend the rows, then run nightly again.")


def _helper(through: datetime.date) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, sys.argv[0], "nightly", "--on", through.isoformat(), "--json"],
        stdout=subprocess.DEVNULL,
    )


def _days_due(through: datetime.date) -> int | None:
    last = BusinessDay.objects.order_by("-on").first()
    return (through - last.on).days if last else None


def _document(day: BusinessDay) -> dict[str, Any]:
    return {"day": day.on.isoformat(), "status": day.status, **day.report}


def _summary(closed: list[BusinessDay]) -> list[str]:
    rows: report.Rows = {}
    seconds: dict[str, float] = {}
    restricted = released = 0
    for day in closed:
        restricted += day.report["restricted"]
        released += day.report["released"]
        for step, counts in day.report["rows"].items():
            report.add(rows.setdefault(step, {}), {k: report.number(v) for k, v in counts.items()})
        for step, took in day.report["seconds"].items():
            seconds[step] = seconds.get(step, 0.0) + took
    lines = [
        f"Opened {len(closed)} days, {closed[0].on} to {closed[-1].on}; "
        f"customers restricted {restricted}, released {released}; all checks hold."
    ]
    for step, counts in sorted(rows.items(), key=lambda row: _place(row[0])):
        said = ", ".join(f"{name} {value}" for name, value in counts.items() if value)
        lines.append(f"  {step:22}{seconds.get(step, 0):9.2f} s  {said}")
    if quarantined := closed[-1].report["quarantined"]:
        lines.append(f"  In quarantine: {', '.join(quarantined)}")
    return lines


def _place(step: str) -> int:
    """Where a step stands in the day; the database keeps the report's keys in no order."""
    booked = (f"book_{kind}" for kind in FactKind.values)
    steps = [*OPENING, *DECIDED_BY_TERMS, *booked, *REACTION, *DECISIONS, "tell"]
    return steps.index(step) if step in steps else len(steps)
