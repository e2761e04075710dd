"""Columns of a file from bare values, where a list says how: no object of a row is made.

A list's `file_columns` names, for a column of `list_display` that is computed, the values it needs
and their text; columns that are plain fields need no entry. A list with a column that is neither
is written through its rows, as it is shown, which is some ten times slower.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, ForeignKey

from accounts import crypto
from accounts.desk.cells import plain
from accounts.fields import EncryptedTextField


@dataclass(frozen=True)
class FileColumn:
    """`text(*values of fields)`; with `looks_up`, `text(what the list's look_up found, *values)`.

    `text` speaks the language that is active when a part is written.
    """

    fields: tuple[str, ...]
    text: Callable[..., str]
    looks_up: bool = False


class labels:
    """The text of a value of choices; all of them are put in words once for each part."""

    def __init__(self, choices: Iterable[tuple[Any, Any]]) -> None:
        self.known = dict(choices)

    def __call__(self, value: Any) -> str:
        return "" if value is None else str(self.known.get(value, value))

    def of_part(self, values: Iterable[Any]) -> list[str]:
        said = {value: str(label) for value, label in self.known.items()}
        return ["" if v is None else said.get(v) or str(v) for v in values]


def money(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"


def whole(number: int | None) -> str:
    return "" if number is None else str(number)


def iso(day: datetime.date | None) -> str:
    return "" if day is None else day.isoformat()


CUSTOMER = FileColumn(
    ("customer__number", "customer__name"), lambda number, name: f"{number} {name}"
)


def person(path: str) -> FileColumn:
    """Somebody of the staff, by name or else by user name."""

    def text(first: str | None, last: str | None, username: str | None) -> str:
        return f"{first or ''} {last or ''}".strip() or username or ""

    return FileColumn((f"{path}__first_name", f"{path}__last_name", f"{path}__username"), text)


def plan_of(site: Any, *, clear: bool = False) -> list[FileColumn] | None:
    """The columns of the list as it is, or None where one of them needs its rows; with `clear`,
    what is masked is whole."""
    own: Mapping[str, FileColumn] = site.file_columns
    if clear:
        own = {**own, **site.clear_columns}
    found = []
    for name in site.list_display:
        if name == "action_checkbox":
            continue
        column = own.get(name) or _field_column(site, name)
        if column is None:
            return None
        found.append(column)
    return found


def _field_column(site: Any, name: str) -> FileColumn | None:
    if callable(getattr(site, name, None)):
        return None
    try:
        field = site.opts.get_field(name)
    except FieldDoesNotExist:
        return None
    return None if isinstance(field, ForeignKey) else FileColumn((name,), _text(field))


def _text(field: "Field[Any, Any]") -> Callable[[Any], str]:
    if isinstance(field, EncryptedTextField):
        return lambda value: crypto.mask(value or "", 3, 2)
    if field.choices:
        return labels(field.flatchoices)
    kind = field.get_internal_type()
    if kind == "DateField":
        return iso
    if kind in ("CharField", "TextField"):
        return lambda value: value or ""
    if kind in ("IntegerField", "BigIntegerField", "SmallIntegerField", "BigAutoField"):
        return whole
    return plain


def lines(
    columns: Sequence[FileColumn], rows: Sequence[tuple[Any, ...]], found: Any
) -> list[list[str]]:
    """The text of rows of values, laid out as `columns` ask for them one after the other."""
    steps = []
    start = 0
    for column in columns:
        steps.append((slice(start, start + len(column.fields)), column.text, column.looks_up))
        start += len(column.fields)
    made = []
    for span, text, looks_up in steps:
        if looks_up:
            made.append([text(found, *row[span]) for row in rows])
        elif isinstance(text, labels):
            made.append(text.of_part(row[span.start] for row in rows))
        elif span.stop - span.start == 1:
            at = span.start
            made.append([text(row[at]) for row in rows])
        else:
            made.append([text(*row[span]) for row in rows])
    return [list(line) for line in zip(*made, strict=True)]
