"""Temporary tables that hold the files' rows for the length of the transaction."""

import datetime
from collections.abc import Iterable, Iterator
from itertools import chain

from django.db import connection

from accounts import crypto
from config.importing.layout import CUSTOMERS, FACTS
from config.importing.read import Reader, Row
from config.importing.source import Advance

SECRETS = ("phone", "id_number")

_TABLES = f"""
drop table if exists pg_temp.{CUSTOMERS}, pg_temp.{FACTS};
create temp table {CUSTOMERS} (
    line int, number text, name text, opened date,
    pay_later_limit numeric(14, 2), cash_loan_limit numeric(14, 2),
    phone bytea, phone_index text, id_number bytea, id_number_index text, language text, bad boolean
) on commit drop;
create temp table {FACTS} (
    kind text, line int, number text, customer text, product text, booked date, value date,
    amount numeric(14, 2), interest numeric(14, 2), due date, instalments int, bad boolean
) on commit drop
"""

_LAST = f"""
select coalesce(max(booked) filter (where kind = 'bill'), max(booked)) from pg_temp.{FACTS}
"""

_SHIFT = (
    f"update pg_temp.{CUSTOMERS} set opened = (opened + make_interval(months => %(n)s))::date",
    f"""update pg_temp.{FACTS} set
        booked = (booked + make_interval(months => %(n)s))::date,
        value = (value + make_interval(months => %(n)s))::date,
        due = (due + make_interval(months => %(n)s))::date""",
)


def make() -> None:
    """Make them, empty; inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)


def stage(reader: Reader, advance: Advance) -> int:
    """Copy the rows of a file; how many those are."""
    rows = reader.rows(advance)
    first = next(rows, None)
    if first is None:
        return 0
    fields, rows = _sealed(reader.fields, chain([first], rows))
    table, columns = reader.source.layout.table, ", ".join(fields)
    count = 0
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy pg_temp.{table} ({columns}) from stdin") as copy,
    ):
        for count, row in enumerate(rows, start=1):  # noqa: B007
            copy.write_row(row)
    return count


def analyse() -> None:
    """Nothing else tells the planner how many rows a temporary table has."""
    with connection.cursor() as cursor:
        cursor.execute(f"analyze pg_temp.{CUSTOMERS}; analyze pg_temp.{FACTS}")


def last_date() -> datetime.date | None:
    """The last date of issue, or of booking where there are no bills, as the files have it."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST)
        row = cursor.fetchone()
        return row[0] if row else None


def shift(months: int) -> None:
    """Move every date by calendar months; a day that the month does not have is its last."""
    if months:
        with connection.cursor() as cursor:
            for statement in _SHIFT:
                cursor.execute(statement, {"n": months})


def _sealed(fields: list[str], rows: Iterable[Row]) -> tuple[list[str], Iterator[Row]]:
    """Each secret encrypted, with its keyed index at the end of the row."""
    secrets = [(fields.index(name), name) for name in SECRETS if name in fields]
    if not secrets:
        return fields, iter(rows)
    return [*fields, *(f"{name}_index" for _at, name in secrets)], (
        _sealed_row(row, [at for at, _name in secrets]) for row in rows
    )


def _sealed_row(row: Row, places: list[int]) -> Row:
    for at in places:
        text = row[at]
        assert text is None or isinstance(text, str)
        row[at] = crypto.encrypt(text) if text else None
        row.append(crypto.blind_index(text) if text else "")
    return row
