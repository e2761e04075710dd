"""How far each role may go in granting an appeal, and the working calendars of a new book."""

from pathlib import Path

import yaml
from django.db import migrations

#: Role, act, alone each, alone in 12 months, approves: what a book starts with.
LIMITS = (
    ("supervisor", "decide_appeal", 2_000, 5_000, 20_000),
    ("supervisor", "extend_appeal", 0, 0, 0),
    ("administrator", "decide_appeal", 2_000, 5_000, 20_000),
    ("administrator", "extend_appeal", 0, 0, 0),
)
CALENDARS = {"cn": "中国大陆", "weekdays": "Monday to Friday"}


def fill(apps, schema_editor):
    limits = apps.get_model("accounts", "AuthorityLimit")
    for role, act, alone, year, most in LIMITS:
        limits.objects.get_or_create(
            role=role,
            act=act,
            defaults={"alone": alone, "alone_in_a_year": year, "approves": most},
        )
    calendars = apps.get_model("appeals", "WorkCalendar")
    folder = Path(__file__).resolve().parent.parent / "calendars"
    for code, name in CALENDARS.items():
        document = yaml.safe_load((folder / f"{code}.yaml").read_text(encoding="utf-8"))
        calendars.objects.get_or_create(code=code, defaults={"name": name, "document": document})


def empty(apps, schema_editor):
    acts = {act for _role, act, *_amounts in LIMITS}
    apps.get_model("accounts", "AuthorityLimit").objects.filter(act__in=acts).delete()
    apps.get_model("appeals", "WorkCalendar").objects.filter(code__in=CALENDARS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("appeals", "0001_appeals"),
        ("accounts", "0004_four_eyes"),
    ]

    operations = [migrations.RunPython(fill, empty)]
