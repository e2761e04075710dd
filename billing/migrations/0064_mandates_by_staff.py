"""Who may put on record that a customer gave a debit mandate, until the lender decides otherwise.

It lets money be taken from an account that a voice or a letter named: an agent asks.
"""

from django.db import migrations

#: role, act, alone, alone in a year, approves: it moves no money by itself.
LIMITS = (
    ("supervisor", "give_mandate", 0, 0, 0),
    ("administrator", "give_mandate", None, None, 0),
)


def add_limits(apps, schema_editor):
    AuthorityLimit = apps.get_model("accounts", "AuthorityLimit")
    AuthorityLimit.objects.using(schema_editor.connection.alias).bulk_create(
        (
            AuthorityLimit(role=role, act=act, alone=alone, alone_in_a_year=year, approves=most)
            for role, act, alone, year, most in LIMITS
        ),
        ignore_conflicts=True,
    )


def remove_limits(apps, schema_editor):
    AuthorityLimit = apps.get_model("accounts", "AuthorityLimit")
    AuthorityLimit.objects.using(schema_editor.connection.alias).filter(
        act__in={act for _role, act, *_limits in LIMITS}
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("billing", "0063_write_offs_by_day"), ("accounts", "0004_four_eyes")]

    operations = [migrations.RunPython(add_limits, remove_limits)]
