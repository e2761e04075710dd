"""Databases to measure in: made on the book's own server, dropped at the end, whatever happens.

The book's own database is never written to. One name prefix marks what is ours, so that the next
run clears away what a killed one left behind.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, cast
from urllib.parse import quote, urlencode

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.utils import DatabaseError

from risk import rules

_LOCK = 7_302

#: Loaded into the server's memory before a timed run: what a night looks at and changes.
HOT = (
    "billing_openbill",
    "billing_linestate",
    "billing_creditline",
    "risk_score",
    "risk_episode",
    "risk_episodebill",
    "risk_episodeage",
    "risk_restriction",
    "risk_restrictionevidence",
    "risk_linestatus",
    "risk_alert",
    "risk_point",
    "billing_charge",
    "billing_bill",
    "billing_entry",
)


class Busy(Exception):
    """Another benchmark of this book runs."""


class Workshop:
    """The databases of one benchmark; made by `workshop()`."""

    def __init__(self, home: str, purpose: str) -> None:
        self.home = home
        self.prefix = f"{home}_{purpose}"
        self.prewarms = False

    @property
    def empty(self) -> str:
        return f"{self.prefix}_empty"

    def name(self, what: str) -> str:
        return f"{self.prefix}_{what}"

    def migrate(self) -> None:
        """An empty migrated database, from which all others are copied."""
        self.leave()
        _administer(f'create database "{self.empty}"')
        with self.inside(self.empty):
            call_command("migrate", verbosity=0)
            self.prewarms = _prewarm_is_here()

    def clone(self, source: str, name: str) -> None:
        self.drop(name)
        _administer(f'create database "{name}" template "{source}" strategy file_copy')

    def drop(self, name: str) -> None:
        if not name.startswith(self.prefix):
            raise ValueError(f"{name} is not ours")
        _administer(f'drop database if exists "{name}" with (force)')

    def clear(self) -> None:
        """Drop every database that carries our prefix."""
        self.leave()
        with connection._nodb_cursor() as cursor:
            cursor.execute(
                "select datname from pg_database where starts_with(datname, %s)", [self.prefix]
            )
            names = [row[0] for row in cursor.fetchall()]
        for name in names:
            self.drop(name)

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """Work in one of the databases: the default connection leads there."""
        _lead_to(name)
        try:
            yield
        finally:
            self.leave()

    @contextmanager
    def copy_of(self, source: str, what: str = "run") -> Iterator[str]:
        """Inside a fresh copy, ready for a timed run; dropped after."""
        name = self.name(what)
        self.clone(source, name)
        try:
            with self.inside(name):
                self.prepare()
                yield name
        finally:
            self.drop(name)

    def leave(self) -> None:
        _lead_to(self.home)

    def prepare(self) -> None:
        """The same start for every timed run."""
        with connection.cursor() as cursor:
            cursor.execute("vacuum (analyze)")
            if self.prewarms:
                _prewarm(cursor)
            cursor.execute("checkpoint")

    def address(self, name: str) -> str:
        """DATABASE_URL of one of the databases, for other processes."""
        return address({**connection.settings_dict, "NAME": name})


def address(database: dict[str, Any]) -> str:
    """An entry of Django's DATABASES as postgres://…"""
    user = quote(str(database.get("USER") or ""), safe="")
    if password := database.get("PASSWORD"):
        user += ":" + quote(str(password), safe="")
    host = quote(str(database.get("HOST") or "localhost"), safe="")
    port = f":{database['PORT']}" if database.get("PORT") else ""
    options = {k: v for k, v in (database.get("OPTIONS") or {}).items() if k.startswith("ssl")}
    query = f"?{urlencode(options)}" if options else ""
    return f"postgres://{user}@{host}{port}/{quote(str(database['NAME']), safe='')}{query}"


@contextmanager
def workshop(purpose: str = "benchmark") -> Iterator[Workshop]:
    """The one workshop of the book for this purpose; raises Busy. SIGTERM ends it as Ctrl-C."""
    shop = Workshop(str(connection.settings_dict["NAME"]), purpose)
    with connection._nodb_cursor() as alone, _terminating():
        alone.execute("select pg_try_advisory_lock(%s, hashtext(%s))", [_LOCK, shop.prefix])
        if not alone.fetchone()[0]:
            raise Busy
        shop.clear()
        try:
            yield shop
        finally:
            shop.clear()


@contextmanager
def _terminating() -> Iterator[None]:
    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread: whoever started us ends us
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _lead_to(name: str) -> None:
    if connection.settings_dict["NAME"] == name:
        return
    connection.close()
    connection.settings_dict["NAME"] = name
    # What these two remember is keyed by ids, and ids mean something else here.
    ContentType.objects.clear_cache()
    rules._read.cache_clear()


def _administer(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


def _prewarm_is_here() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("create extension if not exists pg_prewarm")
    except DatabaseError:
        return False
    return True


def _prewarm(cursor: Any) -> None:
    """Load hot tables with their indexes, in this order, into two thirds of the buffers."""
    cursor.execute("select setting::bigint * 2 / 3 from pg_settings where name = 'shared_buffers'")
    left = cast(int, cursor.fetchone()[0])
    for table in HOT:
        cursor.execute(
            """
            select c.oid::regclass::text, pg_relation_size(c.oid) / 8192
            from pg_class c
            where c.oid = %(table)s::regclass
               or c.oid in (select indexrelid from pg_index where indrelid = %(table)s::regclass)
            """,
            {"table": table},
        )
        for relation, pages in cursor.fetchall():
            first = max(0, pages - left)
            if left > 0 and pages > 0:
                cursor.execute(
                    "select pg_prewarm(%s::regclass, 'buffer', 'main', %s, %s)",
                    [relation, first, pages - 1],
                )
            left -= min(pages, left)


Say = Callable[[str], None]
