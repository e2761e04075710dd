"""Who may settle a loan early for a customer, until the lender decides otherwise."""

from django.db import migrations

#: role, act, alone, alone in a year, approves: it grants no money.
LIMITS = (
    ("agent", "settle_early", 0, 0, None),
    ("supervisor", "settle_early", 0, 0, 0),
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
    AuthorityLimit.objects.using(schema_editor.connection.alias).filter(act="settle_early").delete()


class Migration(migrations.Migration):
    dependencies = [("billing", "0052_instalments_have_a_rate"), ("accounts", "0004_four_eyes")]

    operations = [migrations.RunPython(add_limits, remove_limits)]
