"""Everything that is held about one customer, as files in a ZIP.

Each room registers its sources from `AppConfig.ready`: a name, the tables it answers for, and what
it gives of them. A table that refers to customers and that no source answers for is a fault that a
test finds: nothing is forgotten in silence. A source may leave columns out, never rows.
"""

import datetime
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.template.loader import render_to_string
from django.utils.functional import Promise

from accounts.access.models import DataExport
from accounts.access.rates import Rate
from accounts.models import Customer, User

#: An export reads everything there is of a customer: a few a day are enough for anybody.
RATE = Rate("own-data", 5, 24 * 3600)

Row = dict[str, Any]
Files = Callable[[Customer], Iterable[tuple[str, bytes]]]


@dataclass(frozen=True)
class Source:
    """Rows about a customer: `rows` gives them; `tables` are the models it answers for, by label.

    `files` may add files of the customer's own, such as evidence they sent.
    """

    code: str
    label: str | Promise
    tables: tuple[str, ...]
    rows: Callable[[Customer], Iterable[Row]]
    files: Files | None = field(default=None)


_sources: dict[str, Source] = {}
_withheld: dict[str, str] = {}


def register(*sources: Source) -> None:
    """Two sources of one name would be one file: the second is a fault of whoever wrote it."""
    for source in sources:
        if _sources.setdefault(source.code, source).tables != source.tables:
            raise ValueError(f"two sources are called {source.code}")


def withhold(table: str, why: str) -> None:
    """A table that refers to customers and is not given, by its label, and why not."""
    _withheld[table] = why


def sources() -> list[Source]:
    return list(_sources.values())


def answered() -> set[str]:
    """The labels of the tables that somebody decided about."""
    return {name for source in sources() for name in source.tables} | set(_withheld)


def table(
    code: str,
    label: str | Promise,
    model: type[models.Model],
    *,
    by: str = "customer",
    without: Sequence[str] = (),
) -> Source:
    """A source of one model: all columns of the rows whose `by` is the customer."""

    def rows(customer: Customer) -> Iterator[Row]:
        found = model._default_manager.filter(**{by: customer}).order_by("pk")
        for row in found.iterator(chunk_size=1000):
            yield plain(row, without)

    return Source(code, label, (model._meta.label,), rows)


def plain(row: models.Model, without: Sequence[str] = ()) -> Row:
    """A row's own columns. Which of the staff it was belongs to them, not to the customer."""
    return {
        f.attname: getattr(row, f.attname)
        for f in row._meta.concrete_fields
        if f.name not in without and f.related_model is not User
    }


def take(*, customer: Customer, door: str, at: datetime.datetime) -> Iterator[bytes]:
    """Record the export, then give the ZIP piece by piece. Raises TooOften before anything."""
    RATE.count(str(customer.public_id))
    DataExport.objects.create(customer=customer, door=door, at=at)
    return _pieces(customer, at)


def _pieces(customer: Customer, at: datetime.datetime) -> Iterator[bytes]:
    sink = _Sink()
    sections: list[tuple[Source, list[Row]]] = []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as box:
        for source in sources():
            rows = list(source.rows(customer))
            sections.append((source, rows))
            box.writestr(f"data/{source.code}.json", _json(rows))
            yield sink.taken()
            for name, content in source.files(customer) if source.files else ():
                box.writestr(f"files/{name}", content)
                yield sink.taken()
        page = render_to_string(
            "my/takeaway.html",
            {"customer": customer, "at": at, "sections": [_section(s, r) for s, r in sections]},
        )
        box.writestr("readable.html", page)
        yield sink.taken()
    yield sink.taken()


#: Rows that the readable page shows of one table; the JSON beside it has them all.
MOST_SHOWN = 2000


def _section(source: Source, rows: list[Row]) -> dict[str, Any]:
    columns = list(rows[0]) if rows else []
    return {
        "code": source.code,
        "label": source.label,
        "columns": columns,
        "rows": [[_text(row.get(c)) for c in columns] for row in rows[:MOST_SHOWN]],
        "count": len(rows),
        "more": max(len(rows) - MOST_SHOWN, 0),
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _json(rows: list[Row]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1, default=str)


class _Sink(io.RawIOBase):
    """Where the ZIP is written to: it keeps only what was not taken yet."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def taken(self) -> bytes:
        data, self._parts = b"".join(self._parts), []
        return data
