"""The way through an import, in one transaction."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from config.doctor import first_line
from config.importing import checks, load, presets, staging
from config.importing.layout import CUSTOMERS
from config.importing.months import months_to
from config.importing.problems import Invalid, Problems, Refused
from config.importing.read import Reader
from config.importing.report import Report, count_new, counted
from config.importing.source import Source, find
from risk.policy import DEFAULT

# Beside the shards of risk/assessment.py.
_IMPORT_LOCK = (7_302, 0)


@dataclass
class Watcher:
    """What a caller hears: a step begins, of so many units; so many of them are done."""

    step: Callable[[str, int], None] = lambda name, units: None
    advance: Callable[[int], None] = lambda units: None


def import_book(
    folder: Path,
    *,
    shift_months: int = 0,
    shift_to: datetime.date | None = None,
    preset: str | None = None,
    max_errors: int = 100,
    watcher: Watcher | None = None,
) -> Report:
    """Bring the files of a folder into the book: all of it, or nothing.

    `shift_to`: shift by as many months as make the last bill (without bills, the last booking)
    fall in the month of that date. Raises Refused, or Invalid where the files do not hold.
    """
    watcher = watcher or Watcher()
    start = perf_counter()
    presets.known(preset)
    sources, ignored = find(folder)
    try:
        with transaction.atomic():
            report = _import(sources, shift_months, shift_to, preset, max_errors, watcher)
            # Foreign keys are checked here rather than at the commit: the error is ours to tell.
            connection.check_constraints()
    except IntegrityError as error:
        raise Refused(_("the book changed meanwhile: %(error)s") % _told(error)) from error
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Refused(_("the night is at work on the book: try again after it")) from error
        raise
    load.analyse()
    report.ignored = ignored
    report.seconds = round(perf_counter() - start, 2)
    return report


def _import(
    sources: list[Source],
    shift_months: int,
    shift_to: datetime.date | None,
    preset: str | None,
    max_errors: int,
    watcher: Watcher,
) -> Report:
    _be_the_only_one()
    rules_from = presets.first_day()
    if rules_from is not None:
        presets.require_same(preset)
    problems = Problems(max_errors, files=[source.name for source in sources])
    whole = _stage(sources, problems, watcher)
    watcher.step(_("checking"), 0)
    shift_months = _shift(shift_months, shift_to)
    checks.run(sources, problems, first_day=rules_from, customers_whole=whole)
    if problems.total:
        raise Invalid(problems)
    report = Report(files=counted(sources), shift_months=shift_months, rules_from=rules_from)
    watcher.step(_("writing"), 0)
    load.drop_what_is_there()
    count_new(report.files, sources)
    if not any(part.new for part in report.files.values()):
        return report
    load.lock()
    if rules_from is None:
        report.rules_from = presets.publish(preset, _first_day())
        report.published = preset or DEFAULT
    load.write()
    report.corrected = _correct(watcher)
    return report


def _be_the_only_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s, %s)", _IMPORT_LOCK)
        if not cursor.fetchone()[0]:
            raise Refused(_("another import is under way"))


def _stage(sources: list[Source], problems: Problems, watcher: Watcher) -> bool:
    """Copy all files to the staging tables; whether that of the customers was read whole."""
    staging.make()
    whole = True
    for source in sources:
        watcher.step(source.name, source.bytes)
        reader = Reader(source, problems)
        staging.stage(reader, watcher.advance)
        whole = whole and not (source.layout.table == CUSTOMERS and reader.incomplete)
    staging.analyse()
    return whole


def _shift(months: int, to: datetime.date | None) -> int:
    if to is not None:
        last = staging.last_date()
        months = 0 if last is None else months_to(last, to)
    staging.shift(months)
    return months


def _first_day() -> datetime.date | None:
    """The first day of the first new customer."""
    with connection.cursor() as cursor:
        cursor.execute(f"select min(opened) from pg_temp.{CUSTOMERS}")
        opened: datetime.date | None = cursor.fetchone()[0]
    return opened


def _correct(watcher: Watcher) -> int:
    known = 0

    def progress(done: int, of: int) -> None:
        nonlocal known
        if not done:
            watcher.step(_("correcting open days"), of)
        watcher.advance(done - known)
        known = done

    return load.correct(progress)


def _told(error: Exception) -> dict[str, str]:
    return {"error": first_line(error)}
