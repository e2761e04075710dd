"""The physical floor of a night: the same rows, written without thinking.

Every row that the night inserted goes in through COPY, and as many rows as it updated are updated
by primary key to the values it gave them, in a fresh copy of the same database: the same tables,
indexes, constraints and neighbours. Rows that the night deleted are let be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from django.db import connection, transaction
from psycopg import sql

from config.benchmark.measure import Written

_SCHEMA = "benchmark_floor"


@dataclass(frozen=True)
class Spool:
    """What a night wrote to one table: files of rows, and how many rows it updated."""

    table: str
    columns: Sequence[str]
    key: Sequence[str]
    changed: Path
    inserted: Path
    updates: int


def mark() -> int:
    """Taken before a night: what is written after carries a later transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()::text::bigint")
        return int(cursor.fetchone()[0])


def collect(since: int, written: Written, folder: Path) -> list[Spool]:
    """After a night: every row version that it left, table by table, into files."""
    spools = []
    for table, (inserts, updates, _) in sorted(written.items()):
        if not inserts and not updates:
            continue
        spool = Spool(
            table,
            _columns(table),
            _key(table),
            folder / f"{table}.changed",
            folder / f"{table}.inserted",
            updates,
        )
        _save(
            sql.SQL("select {} from {} where age(xmin) < age({}::text::xid)").format(
                _names(spool.columns), sql.Identifier(table), sql.Literal(since % 2**32)
            ),
            spool.changed,
        )
        spools.append(spool)
    return spools


def split(spools: Sequence[Spool]) -> None:
    """In a copy from before the night: rows whose key is new here were inserted."""
    _lay_out(spools)
    for spool in spools:
        _save(
            sql.SQL("select {} from {} n where not exists (select from {} t where {})").format(
                _names(spool.columns), _laid(spool), sql.Identifier(spool.table), _match(spool)
            ),
            spool.inserted,
        )


def lay_out_updates(spools: Sequence[Spool]) -> None:
    """In a fresh copy, untimed: the new values of rows that are here already, numbered."""
    _lay_out(spools)
    with connection.cursor() as cursor:
        for spool in spools:
            cursor.execute(
                sql.SQL(
                    "create table {new} as select n.*, row_number() over () as benchmark_number "
                    "from {laid} n where exists (select from {table} t where {match})"
                ).format(
                    new=_updates(spool),
                    laid=_laid(spool),
                    table=sql.Identifier(spool.table),
                    match=_match(spool),
                )
            )
            cursor.execute(sql.SQL("analyze {}").format(_updates(spool)))


def write(spools: Sequence[Spool]) -> dict[str, float]:
    """The timed part, in one transaction; seconds by table, and of the commit."""
    seconds: dict[str, float] = {}
    begun = perf_counter()
    with transaction.atomic():
        for spool in spools:
            start = perf_counter()
            _copy_in(sql.Identifier(spool.table), spool.columns, spool.inserted)
            _update(spool)
            seconds[spool.table] = perf_counter() - start
    seconds["commit"] = perf_counter() - begun - sum(seconds.values())
    return seconds


def _update(spool: Spool) -> None:
    """As many updates as the night made: whole passes over its rows, and the rest of one."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("select count(*) from {}").format(_updates(spool)))
        rows = cursor.fetchone()[0]
        left = spool.updates if rows else 0
        while left > 0:
            values = [c for c in spool.columns if c not in spool.key]
            cursor.execute(
                sql.SQL("update {} t set {} from {} n where {} and benchmark_number <= {}").format(
                    sql.Identifier(spool.table),
                    sql.SQL(", ").join(
                        sql.SQL("{0} = n.{0}").format(sql.Identifier(c)) for c in values
                    ),
                    _updates(spool),
                    _match(spool),
                    sql.Literal(left),
                )
            )
            left -= rows


def _lay_out(spools: Sequence[Spool]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"drop schema if exists {_SCHEMA} cascade; create schema {_SCHEMA}")
        for spool in spools:
            cursor.execute(
                sql.SQL("create unlogged table {} as select {} from {} with no data").format(
                    _laid(spool), _names(spool.columns), sql.Identifier(spool.table)
                )
            )
            _copy_in(_laid(spool), spool.columns, spool.changed)
            cursor.execute(sql.SQL("analyze {}").format(_laid(spool)))


def _save(query: sql.Composable, file: Path) -> None:
    with file.open("wb") as target, _raw().cursor() as cursor:
        statement = sql.SQL("copy ({}) to stdout (format binary)").format(query)
        with cursor.copy(statement) as blocks:
            for block in blocks:
                target.write(block)


def _copy_in(table: sql.Composable, columns: Sequence[str], file: Path) -> None:
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(table, _names(columns))
    with file.open("rb") as source, _raw().cursor() as cursor, cursor.copy(statement) as blocks:
        while block := source.read(1 << 18):
            blocks.write(block)


def _raw() -> "psycopg.Connection[Any]":
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    return raw


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(column) for column in columns)


def _laid(spool: Spool) -> sql.Identifier:
    return sql.Identifier(_SCHEMA, f"{spool.table}_changed")


def _updates(spool: Spool) -> sql.Identifier:
    return sql.Identifier(_SCHEMA, f"{spool.table}_updated")


def _match(spool: Spool) -> sql.Composed:
    keys = [sql.SQL("t.{0} = n.{0}").format(sql.Identifier(column)) for column in spool.key]
    return sql.SQL(" and ").join(keys)


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 "
            "and not attisdropped and attgenerated = '' order by attnum",
            [table],
        )
        return [row[0] for row in cursor.fetchall()]


def _key(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid "
            "and a.attnum = any(i.indkey) where i.indrelid = %s::regclass and i.indisprimary",
            [table],
        )
        return [row[0] for row in cursor.fetchall()]
