"""A working calendar: which hours of which day are worked."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

import yaml
from django.utils.translation import gettext as _

from appeals.models import WorkCalendar
from billing.terms import Errors, TermsError

FOLDER: Final = Path(__file__).resolve().parent.parent / "calendars"
WEEKDAYS: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip

Span = tuple[datetime.time, datetime.time]


class CalendarError(TermsError):
    """A calendar that does not hold; `errors` is (path, reason) pairs."""


@dataclass(frozen=True)
class Calendar:
    """`hours` by weekday (Monday is 0); `holidays` are off, by name; on a `worked` day, such as a
    Sunday worked instead of a holiday, Monday's hours count."""

    hours: Mapping[int, tuple[Span, ...]]
    holidays: Mapping[datetime.date, str] = field(default_factory=dict)
    worked: frozenset[datetime.date] = frozenset()

    def spans(self, day: datetime.date) -> tuple[Span, ...]:
        """The hours worked on a day, in order."""
        if day in self.holidays:
            return ()
        return self.hours.get(0 if day in self.worked else day.weekday(), ())


class Worked(Protocol):
    """What the service clock asks of a calendar."""

    def spans(self, day: datetime.date) -> tuple[Span, ...]: ...


@dataclass(frozen=True)
class Versions:
    """A calendar through its versions, each from its first day on; the oldest counts before it,
    too."""

    known: tuple[tuple[datetime.date, Calendar], ...]

    def on(self, day: datetime.date) -> Calendar:
        found = self.known[0][1]
        for first, calendar in self.known:
            if first <= day:
                found = calendar
        return found

    def spans(self, day: datetime.date) -> tuple[Span, ...]:
        return self.on(day).spans(day)


def find(code: str) -> Versions:
    """The calendar of a code as staff published it; before their first version, and without one,
    the one that the product ships. KeyError for an unknown code."""
    rows = WorkCalendar.objects.filter(code=code).order_by("effective_from")
    known = [(day, load(kept)) for day, kept in rows.values_list("effective_from", "document")]
    if not known or code in codes():
        known.insert(0, (datetime.date.min, shipped(code)))
    return Versions(tuple(known))


def document_on(code: str, day: datetime.date) -> dict[str, Any] | None:
    """What a calendar says on a day, as it is stored; None where there is no such calendar."""
    rows = WorkCalendar.objects.filter(code=code, effective_from__lte=day)
    found = rows.order_by("-effective_from").values_list("document", flat=True).first()
    if found is None and code in codes():
        return shipped_document(code)
    return found


@cache
def codes() -> tuple[str, ...]:
    """Those that come with the product."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


def choices() -> list[tuple[str, str]]:
    """Every calendar that appeals can go by, with its name."""
    kept = WorkCalendar.objects.order_by("effective_from").values_list("code", "name")
    return sorted({**{code: code for code in codes()}, **dict(kept)}.items())


@cache
def shipped(code: str) -> Calendar:
    return load(shipped_document(code))


def shipped_document(code: str) -> dict[str, Any]:
    """A calendar's document as it comes with the product; KeyError for an unknown code."""
    file = FOLDER / f"{code}.yaml"
    if not (code.isascii() and code.isalnum() and file.exists()):
        raise KeyError(code)
    document: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return document


def load(document: Any) -> Calendar:
    """Raise CalendarError naming each path that is wrong."""
    errors: Errors = []
    if not isinstance(document, Mapping) or set(document) - {"hours", "holidays", "worked"}:
        raise CalendarError([("", _("is no mapping of hours, holidays and worked"))])
    hours = {
        n: tuple(
            span
            for text in _texts(document.get("hours", {}), name, errors)
            if (span := _span(text, f"hours.{name}", errors))
        )
        for n, name in enumerate(WEEKDAYS)
    }
    unknown = set(document.get("hours", {})) - set(WEEKDAYS)
    errors += [(f"hours.{name}", _("is no weekday")) for name in sorted(map(str, unknown))]
    for n, name in enumerate(WEEKDAYS):
        ends = [moment for span in hours[n] for moment in span]
        if ends != sorted(set(ends)):
            errors.append((f"hours.{name}", _("spans follow each other, each before the next")))
    if not any(hours.values()):
        errors.append(("hours", _("no hour is ever worked")))
    named = document.get("holidays") or {}
    holidays = {
        day: str(name)
        for name in named
        for text in _texts(named, name, errors)
        for day in _days(text, f"holidays.{name}", errors)
    }
    worked = [
        day for text in _texts(document, "worked", errors) for day in _days(text, "worked", errors)
    ]
    errors += [
        ("worked", _("%(day)s is a holiday too") % {"day": day})
        for day in worked
        if day in holidays
    ]
    if errors:
        raise CalendarError(errors)
    return Calendar(hours, holidays, frozenset(worked))


def _texts(mapping: Any, key: Any, errors: Errors) -> list[str]:
    found = mapping.get(key, []) if isinstance(mapping, Mapping) else None
    if not isinstance(found, list):
        errors.append((str(key), _("is no list")))
        return []
    return [str(text) for text in found]


def _span(text: str, path: str, errors: Errors) -> Span | None:
    try:
        first, last = (datetime.time.fromisoformat(part) for part in text.split("-"))
    except ValueError:
        errors.append((path, _("%(text)s is no span such as 09:00-17:30") % {"text": text}))
        return None
    return first, last


def _days(text: str, path: str, errors: Errors) -> list[datetime.date]:
    """`2026-02-15` or `2026-02-15/2026-02-23`, both ends included."""
    first_text, _slash, last_text = text.partition("/")
    try:
        first = datetime.date.fromisoformat(first_text)
        last = datetime.date.fromisoformat(last_text or first_text)
    except ValueError:
        errors.append((path, _("%(text)s is no day and no span of days") % {"text": text}))
        return []
    if not 0 <= (last - first).days <= 60:
        errors.append((path, _("%(text)s is no span of up to 60 days") % {"text": text}))
        return []
    return [first + datetime.timedelta(days=n) for n in range((last - first).days + 1)]
