"""Is the database there, new enough and migrated? Said in one line, for commands and pages."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.migrations.executor import MigrationExecutor

HINT = "run `manage.py migrate`"


def require_database(using: str = DEFAULT_DB_ALIAS) -> None:
    """Raise CommandError (exit code 2, one line) unless the database can be worked with."""
    if problem := complaint(using):
        raise CommandError(problem, returncode=2)


def complaint(using: str = DEFAULT_DB_ALIAS, *, migrations: bool = True) -> str | None:
    """What is wrong with the database in one line, or None."""
    connection = connections[using]
    try:
        connection.ensure_connection()
        version = connection.pg_version // 10_000  # type: ignore[attr-defined]
        if version < settings.POSTGRES_MINIMUM:
            return (
                f"The database is PostgreSQL {version}: "
                f"{settings.POSTGRES_MINIMUM} or newer is needed"
            )
        missing = pending(using) if migrations else []
    except ImproperlyConfigured as error:
        return first_line(error)
    except Error as error:
        return f"The database is away: {first_line(error)}"
    if missing:
        return f"The database is not migrated ({len(missing)} steps, first {missing[0]}): {HINT}"
    return None


def pending(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Migrations not yet applied, as app.name, in order."""
    executor = MigrationExecutor(connections[using])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].strip().rstrip(".")
