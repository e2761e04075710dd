"""How far each role may go in paying out a credit balance and in writing off, to begin with."""

from django.db import migrations

#: role, act, alone, alone in 12 months, approves: in the book's currency.
LIMITS = (
    ("agent", "pay_out_credit", 500, 2_000, None),
    ("supervisor", "pay_out_credit", 10_000, 50_000, 200_000),
    ("supervisor", "write_off", 5_000, 20_000, 50_000),
    ("administrator", "pay_out_credit", None, None, 1_000_000),
    ("administrator", "write_off", None, None, 1_000_000),
)


def add_limits(apps, schema_editor):
    limits = apps.get_model("accounts", "AuthorityLimit").objects.using(
        schema_editor.connection.alias
    )
    for role, act, alone, year, most in LIMITS:
        limits.get_or_create(
            role=role,
            act=act,
            defaults={"alone": alone, "alone_in_a_year": year, "approves": most},
        )


def remove_limits(apps, schema_editor):
    limits = apps.get_model("accounts", "AuthorityLimit").objects.using(
        schema_editor.connection.alias
    )
    limits.filter(act__in={act for _role, act, *_rest in LIMITS}).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0056_accounts_of_write_offs"),
        ("accounts", "0004_four_eyes"),
    ]

    operations = [migrations.RunPython(add_limits, remove_limits)]
