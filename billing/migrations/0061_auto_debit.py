"""Auto-debit: mandates, their ends, attempts; when a channel debits; the sandbox's memory."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import billing.columns
from billing.migrations._guards import guard


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0060_service_accounts"),
        ("billing", "0060_holidays"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DebitAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reference",
                    models.CharField(max_length=40, unique=True, verbose_name="reference"),
                ),
                ("day", models.DateField(verbose_name="due day")),
                ("n", models.PositiveSmallIntegerField(verbose_name="attempt")),
                ("last", models.BooleanField(verbose_name="last of the day")),
                ("amount", billing.columns.MoneyField(verbose_name="amount")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "No answer yet"),
                            ("ok", "Debited"),
                            ("insufficient", "Insufficient funds"),
                            ("refused", "Refused"),
                            ("void", "Never reached the channel"),
                        ],
                        default="asked",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=200, verbose_name="why"
                    ),
                ),
                ("begun_at", models.DateTimeField(verbose_name="begun at")),
                ("claimed_at", models.DateTimeField(verbose_name="last asked at")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
            ],
            options={
                "verbose_name": "debit attempt",
                "verbose_name_plural": "debit attempts",
            },
        ),
        migrations.CreateModel(
            name="Mandate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("bank", models.CharField(max_length=60, verbose_name="bank")),
                (
                    "account",
                    models.CharField(
                        help_text="its last four digits", max_length=24, verbose_name="account"
                    ),
                ),
                ("token", models.CharField(max_length=64)),
                ("given_on", models.DateField(verbose_name="given on")),
                ("given_at", models.DateTimeField(verbose_name="given at")),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("portal", "On the customer's pages"),
                            ("api", "With a token of the customer"),
                            ("desk", "At the desk"),
                        ],
                        max_length=8,
                        verbose_name="where",
                    ),
                ),
            ],
            options={
                "verbose_name": "debit mandate",
                "verbose_name_plural": "debit mandates",
            },
        ),
        migrations.CreateModel(
            name="MandateEnd",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="date")),
                ("at", models.DateTimeField(verbose_name="time")),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("portal", "On the customer's pages"),
                            ("api", "With a token of the customer"),
                            ("desk", "At the desk"),
                        ],
                        max_length=8,
                        verbose_name="where",
                    ),
                ),
                (
                    "reason",
                    models.TextField(blank=True, db_default="", default="", verbose_name="reason"),
                ),
            ],
            options={
                "verbose_name": "end of a mandate",
                "verbose_name_plural": "ends of mandates",
            },
        ),
        migrations.CreateModel(
            name="SandboxDebit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=40, unique=True)),
                ("amount", billing.columns.MoneyField(null=True)),
                ("outcome", models.CharField(max_length=12)),
                (
                    "payment_id",
                    models.CharField(blank=True, db_default="", default="", max_length=64),
                ),
                ("on", models.DateField()),
            ],
            options={
                "verbose_name": "debit of the sandbox",
                "verbose_name_plural": "debits of the sandbox",
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="channel",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="channel",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="channel",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="channel",
            name="debit_times",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TimeField(),
                blank=True,
                db_default=models.Value(
                    [],
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TimeField(), size=None
                    ),
                ),
                default=list,
                help_text="times of a due day: 08:00,13:00,18:00; empty for none",
                size=None,
                verbose_name="auto-debit at",
            ),
        ),
        migrations.AddField(
            model_name="channelevent",
            name="debit_times",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TimeField(),
                blank=True,
                db_default=models.Value(
                    [],
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TimeField(), size=None
                    ),
                ),
                default=list,
                help_text="times of a due day: 08:00,13:00,18:00; empty for none",
                size=None,
                verbose_name="auto-debit at",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="channel",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "billing_channelevent" ("active", "code", "contact", "debit_times", "id", "layout", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "settles_after", "since") VALUES (NEW."active", NEW."code", NEW."contact", NEW."debit_times", NEW."id", NEW."layout", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."settles_after", NEW."since"); RETURN NULL;',
                    hash="aaa21c1d703379593d288d8cf7799b1ab40efd7b",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_13311",
                    table="billing_channel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="channel",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."active" IS DISTINCT FROM (NEW."active") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."contact" IS DISTINCT FROM (NEW."contact") OR OLD."debit_times" IS DISTINCT FROM (NEW."debit_times") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."layout" IS DISTINCT FROM (NEW."layout") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."settles_after" IS DISTINCT FROM (NEW."settles_after") OR OLD."since" IS DISTINCT FROM (NEW."since"))',
                    func='INSERT INTO "billing_channelevent" ("active", "code", "contact", "debit_times", "id", "layout", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "settles_after", "since") VALUES (NEW."active", NEW."code", NEW."contact", NEW."debit_times", NEW."id", NEW."layout", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."settles_after", NEW."since"); RETURN NULL;',
                    hash="709dcc566f97bf3eed8c93e00f227f0c45ed7866",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_51652",
                    table="billing_channel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="channel",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "billing_channelevent" ("active", "code", "contact", "debit_times", "id", "layout", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "settles_after", "since") VALUES (OLD."active", OLD."code", OLD."contact", OLD."debit_times", OLD."id", OLD."layout", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."settles_after", OLD."since"); RETURN NULL;',
                    hash="f77285d16aa4631c075481393adce721f1ab04e6",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_0db70",
                    table="billing_channel",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="debitattempt",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.customer",
                verbose_name="customer",
            ),
        ),
        migrations.AddField(
            model_name="debitattempt",
            name="line",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.creditline",
                verbose_name="credit line",
            ),
        ),
        migrations.AddField(
            model_name="debitattempt",
            name="payment",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.channelpayment",
                verbose_name="payment",
            ),
        ),
        migrations.AddField(
            model_name="mandate",
            name="channel",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.channel",
                verbose_name="payment channel",
            ),
        ),
        migrations.AddField(
            model_name="mandate",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.customer",
                verbose_name="customer",
            ),
        ),
        migrations.AddField(
            model_name="mandate",
            name="given_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="given by",
            ),
        ),
        migrations.AddField(
            model_name="mandate",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.creditline",
                verbose_name="credit line",
            ),
        ),
        migrations.AddField(
            model_name="debitattempt",
            name="mandate",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.mandate",
                verbose_name="debit mandate",
            ),
        ),
        migrations.AddField(
            model_name="mandateend",
            name="by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="mandateend",
            name="mandate",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="end",
                to="billing.mandate",
                verbose_name="debit mandate",
            ),
        ),
        migrations.AddConstraint(
            model_name="sandboxdebit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount", None),
                    models.Q(("amount__gt", 0), ("amount__lt", 1000000000000)),
                    _connector="OR",
                ),
                name="sandbox_debits_some_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(
                condition=models.Q(("account__regex", "^[*]{4}[0-9]{4}$")),
                name="mandate_keeps_four_digits",
            ),
        ),
        migrations.AddIndex(
            model_name="debitattempt",
            index=models.Index(
                condition=models.Q(("state", "asked")), fields=["line"], name="debit_without_answer"
            ),
        ),
        migrations.AddConstraint(
            model_name="debitattempt",
            constraint=models.UniqueConstraint(
                fields=("line", "day", "n"), name="debit_is_tried_once_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="debitattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("amount__lt", 1000000000000)),
                name="debit_is_of_some_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="debitattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("state", "asked")),
                    models.Q(
                        models.Q(("state", "asked"), _negated=True), ("ended_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="answered_debit_has_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="debitattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("payment__isnull", False), ("state", "ok")),
                    models.Q(models.Q(("state", "ok"), _negated=True), ("payment", None)),
                    _connector="OR",
                ),
                name="debit_that_came_is_a_payment",
            ),
        ),
        guard("billing_mandate"),
        guard("billing_mandateend"),
    ]
