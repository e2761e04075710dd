"""How a channel's settlement file is laid out, as data, and how its lines are read by it.

A layout: {"encoding", "delimiter", "header" (bool), "skip" (prefixes of lines that are none),
"date" (strptime), "decimal" ("." or ","), "columns": {"payment", "kind", "amount", "value_on",
"account": header names, or positions from 1 without a header}, "kinds": {text: "payment" or
"reversal"}, "minor_units" (amounts in cents), "most_bytes"}. What is left out has a default.
"""

import csv
import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from accounts.acts import Refused
from billing.choices import NoticeKind
from billing.terms import amount as exact_amount

_AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?")
_NAME = re.compile(r"[\x21-\x7e]{1,64}")
MOST_LINE = 2000


class LayoutRefused(Refused):
    """A layout does not hold, or a file does not follow it; the message says where and why."""


class Columns(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    payment: str | int
    kind: str | int | None = None
    amount: str | int
    value_on: str | int
    account: str | int


class Layout(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    header: bool = True
    skip: tuple[str, ...] = ("#",)
    date: str = "%Y-%m-%d"
    decimal: Literal[".", ","] = "."
    minor_units: bool = False
    columns: Columns
    kinds: Mapping[str, Literal["payment", "reversal"]] = {}


class Read(NamedTuple):
    """A line as received and what it says; `error` instead where it cannot be read."""

    number: int
    raw: str
    kind: str | None = None
    payment_id: str | None = None
    amount: Decimal | None = None
    value_on: datetime.date | None = None
    account: str | None = None
    error: str | None = None


def load(document: object) -> Layout:
    """A layout from its document; raises LayoutRefused with each path and reason."""
    try:
        return Layout.model_validate(document)
    except ValidationError as error:
        words = "; ".join(
            f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors()
        )
        raise LayoutRefused(words) from error


def read(layout: Layout, text: Iterable[str]) -> Iterator[Read]:
    """The lines that are any, in their order. Raises LayoutRefused if the header lacks a column."""
    places: dict[str, int] | None = None if layout.header else _positions(layout)
    for number, raw in enumerate(text, start=1):
        line = raw.rstrip("\r\n")
        if number == 1:
            line = line.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
        if not line.strip() or line.startswith(layout.skip):
            continue
        cells = next(csv.reader([line], delimiter=layout.delimiter))
        if places is None:
            places = _from_header(layout, cells)
            continue
        yield _line(layout, places, number, line, cells)


def _from_header(layout: Layout, cells: list[str]) -> dict[str, int]:
    names = {cell.strip(): n for n, cell in enumerate(cells)}
    found = {}
    for column, name in layout.columns.model_dump(exclude_none=True).items():
        if name not in names:
            raise LayoutRefused(
                _("the header has no column %(name)s (for %(column)s)")
                % {"name": name, "column": column}
            )
        found[column] = names[name]
    return found


def _positions(layout: Layout) -> dict[str, int]:
    columns = layout.columns.model_dump(exclude_none=True)
    if not all(isinstance(place, int) and place > 0 for place in columns.values()):
        raise LayoutRefused(_("without a header, columns are numbers from 1"))
    return {column: place - 1 for column, place in columns.items()}


def _line(
    layout: Layout, places: Mapping[str, int], number: int, raw: str, cells: list[str]
) -> Read:
    kept = raw[:MOST_LINE].replace("\x00", "")
    try:
        values = {column: cells[place].strip() for column, place in places.items()}
        kind = _kind(layout, values.get("kind"))
        return Read(
            number, kept, kind, _payment(values["payment"]), _amount(layout, values["amount"]),
            _date(layout, values["value_on"]), values["account"].replace("\x00", "")[:80],
        )  # fmt: skip
    except IndexError:
        return Read(number, kept, error=_("too few columns: %(n)s") % {"n": len(cells)})
    except ValueError as error:
        return Read(number, kept, error=str(error)[:200])


def _kind(layout: Layout, text: str | None) -> str:
    if text is None or not layout.kinds:
        return NoticeKind.PAYMENT
    if text not in layout.kinds:
        raise ValueError(_("“%(text)s” is no kind of line") % {"text": text[:40]})
    return layout.kinds[text]


def _payment(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(_("“%(text)s” is no payment id") % {"text": text[:40]})
    return text


def _amount(layout: Layout, text: str) -> Decimal:
    plain = text.removeprefix("-").removeprefix("+")
    if layout.decimal == ",":
        plain = plain.replace(".", "").replace(",", ".")
    if not _AMOUNT.fullmatch(plain):
        raise ValueError(_("“%(text)s” is no amount") % {"text": text[:40]})
    value = Decimal(plain) / 100 if layout.minor_units else Decimal(plain)
    if value <= 0:
        raise ValueError(_("“%(text)s” is no amount") % {"text": text[:40]})
    return exact_amount(value)


def _date(layout: Layout, text: str) -> datetime.date:
    try:
        found = datetime.datetime.strptime(text, layout.date).date()  # noqa: DTZ007 a date alone
    except ValueError as error:
        raise ValueError(_("“%(text)s” is no date") % {"text": text[:40]}) from error
    if not 1900 <= found.year < 2200:
        raise ValueError(_("“%(text)s” is no date") % {"text": text[:40]})
    return found


SAMPLE: dict[str, Any] = {
    "encoding": "utf-8",
    "delimiter": ",",
    "header": True,
    "skip": ["#"],
    "date": "%Y-%m-%d",
    "columns": {
        "payment": "trade_no",
        "kind": "type",
        "amount": "amount",
        "value_on": "paid_on",
        "account": "account",
    },
    "kinds": {"PAY": "payment", "REV": "reversal"},
}
"""The layout of the sandbox channel."""
