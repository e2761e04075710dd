"""Operations that several migrations share; frozen with them."""

from django.db import migrations


def guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_is_append_only before update or delete or truncate on {table} "
        "for each statement execute function refuse_change()",
        f"drop trigger {table}_is_append_only on {table}",
    )


def roomy(table: str, fillfactor: int) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"alter table {table} set (fillfactor = {fillfactor})",
        f"alter table {table} reset (fillfactor)",
    )
