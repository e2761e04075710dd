"""manage.py import_book DIR [--shift-months N | --shift-to-end YYYY-MM] [--preset NAME] [--json]"""

import datetime
import json
import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from config.doctor import first_line, require_database
from config.importing import Invalid, Refused, Watcher, import_book
from config.importing.problems import shown

FARTHEST = 3_600
"""Months: the three hundred years that dates may lie in."""


class Command(BaseCommand):
    help = (
        "Bring customers, bills, repayments, purchases and draws (.csv or .csv.gz) into the book: "
        "all of it, or nothing. Rows that are there already are left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", help="where the files are")
        shift = parser.add_mutually_exclusive_group()
        shift.add_argument(
            "--shift-months", metavar="N", default="0", help="move every date by N months"
        )
        shift.add_argument(
            "--shift-to-end",
            metavar="YYYY-MM",
            help="move every date so that the last bill falls in that month",
        )
        parser.add_argument(
            "--preset", metavar="NAME", help="terms and policy of a new book (cn unless named)"
        )
        parser.add_argument(
            "--max-errors", metavar="N", default="100", help="how many errors are told"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, folder: str, **options: Any) -> None:
        shift_months = whole("--shift-months", options["shift_months"], -FARTHEST, FARTHEST)
        shift_to = month("--shift-to-end", options["shift_to_end"])
        max_errors = whole("--max-errors", options["max_errors"], 1, 1_000_000)
        require_database()
        try:
            with watched() as watcher:
                report = import_book(
                    Path(folder),
                    shift_months=shift_months,
                    shift_to=shift_to,
                    preset=options["preset"],
                    max_errors=max_errors,
                    watcher=watcher,
                )
        except Invalid as error:
            for line in error.lines:
                self.stderr.write(line)
            raise CommandError(f"import_book: {error}", returncode=2) from error
        except Refused as error:
            raise CommandError(f"import_book: {error}", returncode=2) from error
        except OperationalError as error:
            raise CommandError(
                f"import_book: nothing was imported: {first_line(error)}", returncode=2
            ) from error
        if report.ignored:
            names = ", ".join(shown(name) for name in report.ignored)
            self.stderr.write(_("ignored: %(names)s") % {"names": names})
        if options["json"]:
            self.stdout.write(json.dumps(report.document(), ensure_ascii=False))
        else:
            for line in report.lines():
                self.stdout.write(line)


@contextmanager
def watched() -> Iterator[Watcher]:
    """A progress bar on a terminal; nothing elsewhere."""
    console = Console(file=sys.stderr)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        current = progress.add_task("", total=None)

        def step(name: str, units: int) -> None:
            progress.reset(current, total=units or None, description=name)

        yield Watcher(step, lambda units: progress.advance(current, units))


def whole(option: str, value: object, low: int, high: int) -> int:
    """A whole number between both bounds; raises CommandError (exit code 2)."""
    text = str(value)
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise CommandError(
            _("%(option)s: %(value)s is no whole number from %(low)s to %(high)s")
            % {"option": option, "value": shown(text), "low": low, "high": high},
            returncode=2,
        )
    return int(text)


def month(option: str, text: str | None) -> datetime.date | None:
    """The first day of a month written YYYY-MM; raises CommandError (exit code 2)."""
    if text is None:
        return None
    if not re.fullmatch(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])", text):
        raise CommandError(
            _("%(option)s: %(value)s is no month (YYYY-MM, 1900 to 2199)")
            % {"option": option, "value": shown(text)},
            returncode=2,
        )
    return datetime.date.fromisoformat(f"{text}-01")
