"""Shadow tables: the same SQL computes into temporary tables of the same names.

The connection's search path names `pg_temp` last, so that work on the book never meets a shadow;
inside `shadow_run` it stands first. Shadows have no triggers and no foreign keys. They are made
once a connection and emptied at each use.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection

_active: ContextVar[str] = ContextVar("shadow_run", default="")


def in_shadow() -> bool:
    return _active.get() != ""


def shadow_name() -> str:
    """The name of the run: statements prepared in runs over different tables are kept apart."""
    return _active.get()


@contextmanager
def shadow_run(tables: Sequence[str], name: str = "shadow") -> Iterator[None]:
    """Inside a transaction: `tables` are empty shadows within, the real ones again after. Runs of
    one name are over the same tables."""
    if in_shadow():
        raise RuntimeError("a shadow run does not nest")
    with connection.cursor() as cursor:
        _make(cursor, tables)
        cursor.execute("set local search_path = pg_temp, public")
        token = _active.set(name)
        try:
            yield
        finally:
            _active.reset(token)
            if not connection.needs_rollback:
                cursor.execute("set local search_path = public, pg_temp")


def _make(cursor: object, tables: Sequence[str]) -> None:
    execute = cursor.execute  # type: ignore[attr-defined]
    execute(
        "select relname from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'r'"
    )
    made = {row[0] for row in cursor.fetchall()}  # type: ignore[attr-defined]
    for table in tables:
        if table not in made:
            execute(
                f"create temp table {table} (like public.{table} including defaults "
                "including indexes) on commit delete rows"
            )
            _share_ids(execute, table)
    if made:
        execute("; ".join(f"delete from pg_temp.{table}" for table in tables))


def _share_ids(execute: object, table: str) -> None:
    """Rows of a shadow take their ids from the real table's sequence: no two rows share one."""
    execute(  # type: ignore[operator]
        f"""
        do $$ begin
            if exists (select from pg_attribute where attrelid = 'public.{table}'::regclass
                       and attname = 'id' and attidentity <> '') then
                alter table pg_temp.{table}
                    alter column id set default nextval('public.{table}_id_seq');
            end if;
        end $$
        """
    )
