"""A page of the log: one statement over the sources, each read through its index, then the words.

Every source gives no more rows than the page has; where the page begins is a plain bound on the
indexed instant.
"""

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.audit.entries import Data, Entry, Mark, Names, names_for
from accounts.audit.sources import Source, all_sources, find

PAGE = 50

_SELECT = """(select {at} as at, {code} as code, {id}::bigint as id, ({kind})::text as kind,
  ({customer})::bigint as customer, ({actor})::bigint as actor, ({data})::text as data
from {tables} where {where} order by {at} desc, {id} desc limit %(limit)s)"""
_ALL = """select at, code, id, kind, customer, actor, data from (
{selects}
) log order by at desc, code collate "C" desc, id desc limit %(limit)s"""

Row = tuple[Mark, str, int | None, int | None, Data]


@dataclass(frozen=True)
class Asked:
    """What of the log is asked for. `kind` is `code`, or `code.kind`; `until` is exclusive."""

    part: str = ""
    kind: str = ""
    customer: int | None = None
    actor: int | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


@dataclass(frozen=True)
class Page:
    """Some of the log; `older` is where the next page begins, None at its end."""

    entries: list[Entry]
    older: Mark | None


def page(asked: Asked, *, before: Mark | None = None, size: int = PAGE) -> Page:
    """Up to `size` entries older than `before`, newest first, in three queries."""
    rows = _rows(asked, before, size + 1)
    more = len(rows) > size
    rows = rows[:size]
    return Page(_told(rows), rows[-1][0] if rows and more else None)


def entries(asked: Asked, *, size: int) -> Iterator[list[Entry]]:
    """All of what is asked for, in parts of `size`."""
    before = None
    while True:
        found = page(asked, before=before, size=size)
        yield found.entries
        before = found.older
        if before is None:
            return


def exceeds(asked: Asked, most: int) -> bool:
    """Whether there are more than so many."""
    statement, values = _statement(asked, None, most + 1, bare=True)
    if not statement:
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from ({statement}) counted", values)
        return int(cursor.fetchone()[0]) > most


def _rows(asked: Asked, before: Mark | None, limit: int) -> list[Row]:
    statement, values = _statement(asked, before, limit)
    if not statement:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [
            (Mark(at, code, id_), kind, customer, actor, json.loads(data))
            for at, code, id_, kind, customer, actor, data in cursor.fetchall()
        ]


def _statement(
    asked: Asked, before: Mark | None, limit: int, *, bare: bool = False
) -> tuple[str, dict[str, Any]]:
    """The whole log in one statement, empty where no source is meant; `bare` without its data."""
    chosen = [source for source in all_sources() if _is_meant(source, asked)]
    values: dict[str, Any] = {
        "limit": limit,
        "customer": asked.customer,
        "actor": asked.actor,
        "since": asked.since,
        "until": asked.until,
        "kind": asked.kind.partition(".")[2],
    }
    if before:
        values |= {"before_at": before.at, "before_id": before.id}
    selects = []
    for number, source in enumerate(chosen):
        values[f"code{number}"] = source.code
        selects.append(
            _SELECT.format(
                at=source.at,
                code=f"%(code{number})s::text",
                id=source.id,
                kind=source.kind,
                customer=source.customer or "null",
                actor=source.actor,
                data="null" if bare else source.data,
                tables=source.tables,
                where=" and ".join(_conditions(source, asked, before)),
            )
        )
    if not selects:
        return "", values
    return _ALL.format(selects="\nunion all\n".join(selects)), values


def _is_meant(source: Source, asked: Asked) -> bool:
    if asked.part and source.part != asked.part:
        return False
    if asked.kind and source.code != asked.kind.partition(".")[0]:
        return False
    return not (asked.customer and not source.customer)


def _conditions(source: Source, asked: Asked, before: Mark | None) -> list[str]:
    found = [source.where or "true"]
    if asked.kind.partition(".")[2]:
        found.append(f"{source.kind} = %(kind)s")
    if asked.customer:
        found.append(f"{source.customer} = %(customer)s")
    if asked.actor:
        found.append(source.by_actor or f"{source.actor} = %(actor)s")
    if asked.since:
        found.append(f"{source.at} >= %(since)s")
    if asked.until:
        found.append(f"{source.at} < %(until)s")
    if before:
        found.append(_older(source, before))
    return found


def _older(source: Source, before: Mark) -> str:
    """Rows of a source after the mark in the order of the whole log."""
    if source.code == before.code:
        return f"({source.at}, {source.id}) < (%(before_at)s, %(before_id)s)"
    return f"{source.at} {'<=' if source.code < before.code else '<'} %(before_at)s"


def _told(rows: list[Row]) -> list[Entry]:
    names = names_for(rows)
    return [_entry(row, names) for row in rows]


def _entry(row: Row, names: Names) -> Entry:
    mark, kind, customer, actor, data = row
    source = find(mark.code)
    assert source is not None
    plain = Entry(
        at=mark.at,
        kind=f"{mark.code}.{kind}" if kind else mark.code,
        pk=mark.id,
        actor=names.user(actor),
        customer=names.customers.get(customer) if customer else None,
    )
    return source.tell(plain, data, names)
