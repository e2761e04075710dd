"""How far each role may go in the acts that came later; an act without a row needs somebody else."""

from django.db import migrations

#: Role, act, alone each, alone in 12 months, approves: what a book starts with.
LIMITS = (
    ("agent", "book_refund", 500, 2_000, None),
    ("agent", "end_plan", 0, 0, None),
    ("agent", "record_promise", 0, 0, None),
    ("agent", "withdraw_promise", 0, 0, None),
    ("agent", "mark_deceased", 0, 0, None),
    ("agent", "mark_hardship", 0, 0, None),
    ("agent", "mark_do_not_contact", 0, 0, None),
    ("agent", "end_mark", 0, 0, None),
    ("supervisor", "book_refund", 10_000, 50_000, 200_000),
    ("supervisor", "end_plan", 0, 0, 0),
    ("supervisor", "record_promise", 0, 0, 0),
    ("supervisor", "withdraw_promise", 0, 0, 0),
    ("supervisor", "mark_deceased", 0, 0, 0),
    ("supervisor", "mark_hardship", 0, 0, 0),
    ("supervisor", "mark_do_not_contact", 0, 0, 0),
    ("supervisor", "mark_court_freeze", 0, 0, 0),
    ("supervisor", "end_mark", 0, 0, 0),
    ("supervisor", "end_grave_mark", None, None, 0),
    ("administrator", "book_refund", None, None, 1_000_000),
    ("administrator", "mark_court_freeze", None, None, 0),
    ("administrator", "end_grave_mark", None, None, 0),
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


class Migration(migrations.Migration):
    dependencies = [("accounts", "0040_marks")]

    operations = [migrations.RunPython(add_limits, migrations.RunPython.noop)]
