"""How customers come in: one-time codes, tokens of the API; and what they took of their data."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_work"),
        ("accounts", "0031_notice_translations"),
    ]

    operations = [
        migrations.CreateModel(
            name="DataExport",
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
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="time"
                    ),
                ),
                (
                    "door",
                    models.CharField(
                        choices=[("portal", "Portal"), ("api", "API")],
                        max_length=10,
                        verbose_name="through",
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
                "verbose_name": "export of own data",
                "verbose_name_plural": "exports of own data",
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="public id"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("hash", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("read", "Read"), ("write", "Act")], max_length=10
                        ),
                        default=list,
                        size=None,
                        verbose_name="may",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="created at",
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last used at"),
                ),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="revoked at"),
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
                "verbose_name": "API token",
                "verbose_name_plural": "API tokens",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="token_has_a_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("scopes__len__gte", 1), ("scopes__contained_by", ["read", "write"])
                        ),
                        name="token_may_read_or_act",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SignInCode",
            fields=[
                ("fingerprint", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=64)),
                ("asked_at", models.DateTimeField(verbose_name="asked at")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                (
                    "tries",
                    models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="tries"),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "one-time code",
                "verbose_name_plural": "one-time codes",
                "indexes": [models.Index(fields=["expires_at"], name="code_by_expiry")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("asked_at"))),
                        name="code_expires_after_it_was_asked",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "create trigger accounts_dataexport_is_append_only "
            "before update or delete or truncate on accounts_dataexport "
            "for each statement execute function refuse_change()",
            "drop trigger accounts_dataexport_is_append_only on accounts_dataexport",
        ),
    ]
