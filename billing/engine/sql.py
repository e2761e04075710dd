"""Runs the .sql files of a room over a scope and a day.

In a file, `{scope:a}` is the scope's condition on the customer of table alias `a` (or of a column
with its dot), `{terms}` the products' terms as rows, `{include:name}` another file's text.

A few customers are served by server-side prepared statements, planned once per connection: that
is what keeps a repayment's consequences within milliseconds. A slice is planned anew each time,
with its figures in sight. A prepared statement of the real tables never serves a shadow run:
PostgreSQL checks the search path it was planned under, and the marker in its text keeps the two
apart, so that neither is planned anew at every switch.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import dict_row
from psycopg.types.numeric import Int4

from billing.engine.scope import Few, Scope
from billing.engine.shadow import shadow_name
from billing.terms import Terms

ROOT = Path(__file__).resolve().parent.parent.parent

Counts = dict[str, Any]

_under_way: ContextVar[psycopg.Pipeline | None] = ContextVar("under_way", default=None)

_NEVER_BY_ITSELF = 1_000_000_000

_TERMS = """(values
    ('pay_later'::text, %(pl_grace_days)s::int, %(pl_tolerance)s::numeric,
     %(pl_fee_rate)s::numeric, %(pl_cap_rate)s::numeric),
    ('cash_loan'::text, %(cl_grace_days)s::int, %(cl_tolerance)s::numeric,
     %(cl_fee_rate)s::numeric, %(cl_cap_rate)s::numeric))"""
_TERMS_COLUMNS = "(product, grace_days, tolerance, late_fee_daily_rate, late_fee_cap_rate)"


def run(room: str, name: str, scope: Scope, params: Mapping[str, object]) -> Counts:
    """Run `ROOM/sql/NAME.sql`; return its row of counts, or the number of rows it touched."""
    return run_text(text_of(room, name, scope.predicate), scope, params)


def run_text(text: str, scope: Scope, params: Mapping[str, object]) -> Counts:
    """Run a statement that has its scope in it; return as `run` does."""
    values: dict[str, Any] = {**scope.params, **params}
    if type(scope) is Few:
        return _run_prepared(text, values)
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        if cursor.description is None:
            return {"rows": cursor.rowcount}
        columns = [column.name for column in cursor.description]
        return dict(zip(columns, cursor.fetchone() or (), strict=False))


@contextmanager
def without_waiting() -> Iterator[None]:
    """Within, each prepared statement is sent without waiting for the one before it: a day of one
    customer is some twenty short ones, and going to and fro takes as long as they do. The counts
    of a statement are waited for when one of them is asked for; a fault of one is raised then, or
    by the end. No other statements within.
    """
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    with connection.wrap_database_errors, raw.pipeline() as pipeline:
        token = _under_way.set(pipeline)
        try:
            yield
        finally:
            _under_way.reset(token)


class _Later(dict[str, Any]):
    """The counts of a statement under way: the first that is asked for, by its name, waits for it;
    until then it is empty to whoever looks at all of them."""

    def __init__(self, cursor: psycopg.RawCursor[Any], pipeline: psycopg.Pipeline) -> None:
        super().__init__()
        self._cursor, self._pipeline = cursor, pipeline

    def __missing__(self, name: str) -> Any:
        if not self:
            with connection.wrap_database_errors:
                if self._cursor.pgresult is None:
                    self._pipeline.sync()
                self.update(_counts(self._cursor))
        if name not in self:
            raise KeyError(name)
        return self[name]


def expect_memory() -> None:
    """Have the planner, until the commit, take what it reads for what is in memory already.

    What a night looks at is what the last one looked at; with the cost of a disk in its figures
    the planner reads a whole table rather than follow an index to the few rows of today.
    """
    with connection.cursor() as cursor:
        cursor.execute("set local seq_page_cost = 0.1; set local random_page_cost = 0.1")


def terms_params(terms: Mapping[str, Terms]) -> dict[str, object]:
    """The figures that `{terms}` needs."""
    params: dict[str, object] = {}
    for short, product in (("pl", "pay_later"), ("cl", "cash_loan")):
        figures = terms[product]
        params[f"{short}_grace_days"] = figures.grace_days
        params[f"{short}_tolerance"] = figures.tolerance
        params[f"{short}_fee_rate"] = figures.late_fee_daily_rate
        params[f"{short}_cap_rate"] = figures.late_fee_cap_rate
    return params


def _run_prepared(text: str, values: Mapping[str, object]) -> Counts:
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    if raw.prepare_threshold is None:  # Django's setting; it also forbids what is asked for here
        raw.prepare_threshold = _NEVER_BY_ITSELF
    statement, names = _numbered(text)
    if name := shadow_name():
        statement = f"/* {name} */ {statement}"
    cursor = psycopg.RawCursor(raw, row_factory=dict_row)
    with connection.wrap_database_errors:
        cursor.execute(statement, [_typed(values[name]) for name in names], prepare=True)
        if pipeline := _under_way.get():
            return _Later(cursor, pipeline)
        with cursor:
            return _counts(cursor)


def _counts(cursor: psycopg.RawCursor[Any]) -> Counts:
    if cursor.description is None:
        return {"rows": cursor.rowcount}
    return cursor.fetchone() or {}


@cache
def _numbered(text: str) -> tuple[str, list[str]]:
    """The statement in PostgreSQL's own form, its parameters by number, and their names. psycopg
    would work that out anew at every call: it remembers short statements only."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    return re.sub(r"%%|%\((\w+)\)s", number, text), names


def _typed(value: object) -> object:
    """One type a parameter, whatever its value, so that one prepared statement serves all."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return Int4(value)
    if isinstance(value, list | tuple):
        return "{" + ",".join("NULL" if item is None else _item(item) for item in value) + "}"
    if isinstance(value, Decimal):
        return str(value)
    return value


def _item(item: object) -> str:
    if isinstance(item, str):
        return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return item.isoformat() if isinstance(item, datetime.date) else str(item)


@cache
def text_of(room: str, name: str, predicate: str) -> str:
    """The statement of a file, with the scope's condition and the terms in it."""
    text = (ROOT / room / "sql" / f"{name}.sql").read_text()
    text = re.sub(
        r"\{include:(\w+)\}",
        lambda found: (ROOT / room / "sql" / f"{found[1]}.sql").read_text(),
        text,
    )
    text = re.sub(r"\{terms\} (\w+)", lambda found: f"{_TERMS} {found[1]}{_TERMS_COLUMNS}", text)
    return re.sub(
        r"\{scope:([\w.]+)\}",
        lambda found: predicate.format(
            column=found[1] if "." in found[1] else f"{found[1]}.customer_id"
        ),
        text,
    )
