"""Facts and entries are append-only in the database itself; hot tables keep room for updates."""

from django.db import migrations

from billing.migrations._guards import guard, roomy

APPEND_ONLY = ("billing_fact", "billing_planinstalment", "billing_entry", "billing_productterms")

GUARD = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'table % is append-only: % is refused', tg_table_name, tg_op
        using errcode = 'restrict_violation',
              hint = 'Book a reversal or a new version instead.';
end $$
"""

HOT = {"billing_openbill": 70, "billing_linestate": 85}


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_audit")]

    operations = [
        migrations.RunSQL(GUARD, "drop function refuse_change()"),
        *(guard(table) for table in APPEND_ONLY),
        *(roomy(table, fillfactor) for table, fillfactor in HOT.items()),
    ]
