"""Bank calendars and their holidays, with China's: no product uses it until its terms say so.

2026 is as the State Council announced it on 4 November 2025; of 2027 the statutory days alone.
"""

import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from billing.migrations._guards import guard

#: name, first and last day off, when it was announced
HOLIDAYS = (
    ("元旦", "2026-01-01", "2026-01-03", "2025-11-04"),
    ("春节", "2026-02-15", "2026-02-23", "2025-11-04"),
    ("清明节", "2026-04-04", "2026-04-06", "2025-11-04"),
    ("劳动节", "2026-05-01", "2026-05-05", "2025-11-04"),
    ("端午节", "2026-06-19", "2026-06-21", "2025-11-04"),
    ("中秋节", "2026-09-25", "2026-09-27", "2025-11-04"),
    ("国庆节", "2026-10-01", "2026-10-07", "2025-11-04"),
    ("元旦", "2027-01-01", "2027-01-01", "2025-01-01"),
    ("春节", "2027-02-05", "2027-02-08", "2025-01-01"),
    ("清明节", "2027-04-05", "2027-04-05", "2025-01-01"),
    ("劳动节", "2027-05-01", "2027-05-02", "2025-01-01"),
    ("端午节", "2027-06-09", "2027-06-09", "2025-01-01"),
    ("中秋节", "2027-09-15", "2027-09-15", "2025-01-01"),
    ("国庆节", "2027-10-01", "2027-10-03", "2025-01-01"),
)
WORKED = ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")


def add_china(apps, schema_editor):
    using = schema_editor.connection.alias
    calendar = apps.get_model("billing", "BankCalendar").objects.using(using)
    china = calendar.create(code="cn", name="中国大陆", weekend=[6, 7])
    holiday = apps.get_model("billing", "Holiday")
    rows = [
        holiday(calendar=china, on=first + datetime.timedelta(days=n), name=name, announced_on=told)
        for name, first, last, told in (
            (name, datetime.date.fromisoformat(first), datetime.date.fromisoformat(last), told)
            for name, first, last, told in HOLIDAYS
        )
        for n in range((last - first).days + 1)
    ]
    rows += [
        holiday(calendar=china, on=day, name="调休上班", worked=True, announced_on="2025-11-04")
        for day in WORKED
    ]
    holiday.objects.using(using).bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0057_limits_of_money_out"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BankCalendar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.SlugField(
                        help_text="what the terms of a product call it",
                        max_length=24,
                        unique=True,
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "weekend",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="days off each week",
                    ),
                ),
                (
                    "entered_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="entered at",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
            ],
            options={
                "verbose_name": "bank calendar",
                "verbose_name_plural": "bank calendars",
            },
        ),
        migrations.CreateModel(
            name="Holiday",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="day")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "worked",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="a weekend day that is worked, or a holiday that was called off",
                        verbose_name="is a banking day",
                    ),
                ),
                (
                    "announced_on",
                    models.DateField(
                        help_text="bills issued on later days are due by it",
                        verbose_name="announced on",
                    ),
                ),
                (
                    "entered_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="entered at",
                    ),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holidays",
                        to="billing.bankcalendar",
                        verbose_name="bank calendar",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
            ],
            options={
                "verbose_name": "holiday",
                "verbose_name_plural": "holidays",
            },
        ),
        migrations.AddConstraint(
            model_name="bankcalendar",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("weekend__contained_by", [1, 2, 3, 4, 5, 6, 7]), ("weekend__len__lt", 7)
                ),
                name="bank_calendar_has_a_banking_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="holiday",
            constraint=models.UniqueConstraint(
                fields=("calendar", "on", "announced_on"), name="holiday_is_announced_once_a_day"
            ),
        ),
        guard("billing_bankcalendar"),
        guard("billing_holiday"),
        migrations.RunPython(add_china, migrations.RunPython.noop),
    ]
