"""Who may hold a cause, release a hold and move a due day, until the lender decides otherwise."""

from django.db import migrations

#: role, act, alone, alone in a year, approves: in the book's currency; a hold weighs the interest
#: that it could forgo at most, fees and points weigh nothing.
LIMITS = (
    ("agent", "place_hold", 0, 0, None),
    ("agent", "change_due_day", 0, 0, None),
    ("supervisor", "place_hold", 2_000, 5_000, 20_000),
    ("supervisor", "release_hold", 0, 0, 0),
    ("supervisor", "change_due_day", 0, 0, 0),
    ("administrator", "place_hold", None, None, 1_000_000),
    ("administrator", "release_hold", None, None, 0),
    ("administrator", "change_due_day", None, None, 0),
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
    dependencies = [("billing", "0010_holds"), ("accounts", "0004_four_eyes")]

    operations = [migrations.RunPython(add_limits, remove_limits)]
