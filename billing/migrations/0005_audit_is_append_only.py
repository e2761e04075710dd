"""The audit's tables refuse TRUNCATE too; UPDATE and DELETE their own triggers refuse."""

from django.db import migrations

AUDIT = (
    "accounts_customerevent",
    "accounts_userevent",
    "billing_creditlineevent",
    "billing_quarantineevent",
)


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_finite_amounts"), ("accounts", "0002_audit")]

    operations = [
        migrations.RunSQL(
            f"create trigger {table}_is_not_truncated before truncate on {table} "
            "for each statement execute function refuse_change()",
            f"drop trigger {table}_is_not_truncated on {table}",
        )
        for table in AUDIT
    ]
