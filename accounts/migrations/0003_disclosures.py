"""Disclosures and exports, append-only like the facts of the book."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

GUARDED = ("accounts_disclosure", "accounts_export")


def guard(table):
    return migrations.RunSQL(
        f"create trigger {table}_is_append_only before update or delete or truncate on {table} "
        "for each statement execute function refuse_change()",
        f"drop trigger {table}_is_append_only on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_audit"),
        # refuse_change(): one function of the database for the tables of every room
        ("billing", "0003_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="shown at",
                    ),
                ),
                (
                    "field",
                    models.CharField(
                        choices=[("phone", "Phone"), ("id_number", "ID number")],
                        max_length=16,
                        verbose_name="what was shown",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("call", "Identity check on a call"),
                            ("correction", "Correction of data"),
                            ("authority", "Request of an authority"),
                            ("other", "Other reason"),
                        ],
                        max_length=16,
                        verbose_name="reason",
                    ),
                ),
                ("words", models.TextField(verbose_name="in words")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "disclosure",
                "verbose_name_plural": "disclosures",
                "permissions": [
                    ("reveal_identity", "Can see phone and ID number of a customer in clear")
                ],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="time",
                    ),
                ),
                ("of", models.CharField(max_length=80, verbose_name="list")),
                ("filters", models.TextField(blank=True, db_default="", verbose_name="filters")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("begun", "Begun"),
                            ("whole", "Complete"),
                            ("broken_off", "Broken off"),
                        ],
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                ("rows", models.BigIntegerField(blank=True, null=True, verbose_name="rows")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "ends",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="end",
                        to="accounts.export",
                        verbose_name="ends",
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "permissions": [("export_lists", "Can export lists as files")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ends", None), ("rows", None), ("state", "begun")),
                            models.Q(
                                ("ends__isnull", False),
                                ("rows__gte", 0),
                                ("state__in", ["whole", "broken_off"]),
                            ),
                            _connector="OR",
                        ),
                        name="export_counts_its_rows_at_its_end",
                    )
                ],
            },
        ),
        *(guard(table) for table in GUARDED),
    ]
