"""Offers with their moves, signatures and executions; letters as sent."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import billing.columns
from appeals.migrations._offers import guards


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_work"),
        ("appeals", "0003_quiet"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanLengthEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("role", models.CharField(max_length=40, verbose_name="role")),
                ("months_alone", models.PositiveSmallIntegerField(verbose_name="months alone")),
                (
                    "months_approves",
                    models.PositiveSmallIntegerField(verbose_name="months approved"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Signature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="signed at")),
                (
                    "address",
                    models.GenericIPAddressField(null=True, verbose_name="from the address"),
                ),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("text", models.TextField(verbose_name="text")),
                ("text_hash", models.CharField(max_length=64, verbose_name="hash of the text")),
            ],
            options={
                "verbose_name": "signature",
                "verbose_name_plural": "signatures",
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("html", models.TextField(verbose_name="text")),
                ("html_hash", models.CharField(max_length=64, verbose_name="hash of the text")),
                ("dated_on", models.DateField(verbose_name="date of the letter")),
                ("sent_at", models.DateTimeField(verbose_name="sent at")),
                (
                    "appeal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letter",
                        to="appeals.appeal",
                        verbose_name="appeal",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="empty: with the acceptance of an offer",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sent by",
                    ),
                ),
            ],
            options={
                "verbose_name": "letter",
                "verbose_name_plural": "letters",
            },
        ),
        migrations.CreateModel(
            name="LetterPdf",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content", models.BinaryField(verbose_name="content")),
                (
                    "content_hash",
                    models.CharField(max_length=64, verbose_name="hash of the content"),
                ),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                (
                    "letter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pdf",
                        to="appeals.letter",
                    ),
                ),
            ],
            options={
                "verbose_name": "PDF of a letter",
                "verbose_name_plural": "PDFs of letters",
            },
        ),
        migrations.CreateModel(
            name="LetterView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "form",
                    models.CharField(
                        choices=[("html", "Page"), ("pdf", "PDF")], max_length=4, verbose_name="as"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "by",
                    models.ForeignKey(
                        help_text="empty: the customer, through a token",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="views",
                        to="appeals.letter",
                    ),
                ),
            ],
            options={
                "verbose_name": "viewing of a letter",
                "verbose_name_plural": "viewings of letters",
            },
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=40, unique=True, verbose_name="number")),
                (
                    "side",
                    models.CharField(
                        choices=[("customer", "Customer"), ("staff", "Staff")],
                        max_length=8,
                        verbose_name="from",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                ("package", models.JSONField(verbose_name="package")),
                (
                    "package_hash",
                    models.CharField(max_length=64, verbose_name="hash of the package"),
                ),
                (
                    "words",
                    models.TextField(
                        blank=True, db_default="", verbose_name="words to the other side"
                    ),
                ),
                ("cost", billing.columns.MoneyField(verbose_name="cost to the lender")),
                (
                    "months",
                    models.PositiveSmallIntegerField(verbose_name="length of the plan in months"),
                ),
                ("effect", models.JSONField(verbose_name="effect when it was made")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("waiting_approval", "Waiting for approval"),
                            ("open", "Open"),
                            ("accepted", "Accepted"),
                            ("countered", "Answered by another offer"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                            ("superseded", "Superseded"),
                        ],
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                ("expires_on", models.DateField(verbose_name="can be accepted until")),
                (
                    "appeal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="appeals.appeal",
                        verbose_name="appeal",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="empty: the customer, through a token",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "replies_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replies",
                        to="appeals.offer",
                        verbose_name="answers",
                    ),
                ),
                (
                    "request",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.actrequest",
                        verbose_name="request for approval",
                    ),
                ),
            ],
            options={
                "verbose_name": "offer",
                "verbose_name_plural": "offers",
                "permissions": [("make_offers", "Can make offers to customers")],
            },
        ),
        migrations.CreateModel(
            name="Execution",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("done_on", models.DateField(verbose_name="business date")),
                ("done_at", models.DateTimeField(verbose_name="done at")),
                ("cost", billing.columns.MoneyField(verbose_name="cost to the lender")),
                (
                    "months",
                    models.PositiveSmallIntegerField(verbose_name="length of the plan in months"),
                ),
                ("effect", models.JSONField(verbose_name="effect")),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                    ),
                ),
                (
                    "offer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="execution",
                        to="appeals.offer",
                    ),
                ),
            ],
            options={
                "verbose_name": "carried-out offer",
                "verbose_name_plural": "carried-out offers",
            },
        ),
        migrations.CreateModel(
            name="OfferEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("drafted", "Drafted"),
                            ("asked", "Sent for approval"),
                            ("turned_down", "Not approved"),
                            ("sent", "Sent to the customer"),
                            ("proposed", "Proposed by the customer"),
                            ("taken_up", "Taken up by staff"),
                            ("countered", "Answered by another offer"),
                            ("accepted", "Accepted and carried out"),
                            ("returned", "Accepted, but no longer possible"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                            ("superseded", "Superseded"),
                        ],
                        max_length=12,
                        verbose_name="step",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("words", models.TextField(blank=True, db_default="", verbose_name="words")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="appeals.offer",
                    ),
                ),
            ],
            options={
                "verbose_name": "move of an offer",
                "verbose_name_plural": "moves of offers",
            },
        ),
        migrations.CreateModel(
            name="PlanLength",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("role", models.CharField(max_length=40, unique=True, verbose_name="role")),
                ("months_alone", models.PositiveSmallIntegerField(verbose_name="months alone")),
                (
                    "months_approves",
                    models.PositiveSmallIntegerField(verbose_name="months approved"),
                ),
            ],
            options={
                "verbose_name": "plan length limit",
                "verbose_name_plural": "plan length limits",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("months_alone__lte", 60), ("months_approves__lte", 60)),
                        name="plan_length_is_at_most_60_months",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planlength",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "appeals_planlengthevent" ("id", "months_alone", "months_approves", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role") VALUES (NEW."id", NEW."months_alone", NEW."months_approves", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."role"); RETURN NULL;',
                    hash="ba0a789284141b83972172b97a9cccafe8cf9121",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_316bd",
                    table="appeals_planlength",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planlength",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "appeals_planlengthevent" ("id", "months_alone", "months_approves", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role") VALUES (NEW."id", NEW."months_alone", NEW."months_approves", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."role"); RETURN NULL;',
                    hash="6a55126a295a69150550c1f7a569b359121320a8",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2f2f7",
                    table="appeals_planlength",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planlength",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "appeals_planlengthevent" ("id", "months_alone", "months_approves", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role") VALUES (OLD."id", OLD."months_alone", OLD."months_approves", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."role"); RETURN NULL;',
                    hash="0da12f67f0062d4b03b07db5e9d946b067194a31",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_500d3",
                    table="appeals_planlength",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="planlengthevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="planlengthevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="appeals.planlength",
            ),
        ),
        migrations.AddField(
            model_name="signature",
            name="by",
            field=models.ForeignKey(
                help_text="empty: the customer, through a token",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="signature",
            name="offer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="signatures",
                to="appeals.offer",
            ),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["customer", "-id"], name="letter_by_customer"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["appeal", "-id"], name="offer_by_appeal"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["customer", "state"], name="offer_by_customer"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["expires_on"],
                name="offer_open_by_last_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("appeal",),
                name="one_open_offer_an_appeal",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["draft", "waiting_approval"])),
                fields=("appeal",),
                name="one_offer_in_work_an_appeal",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("cost__gte", 0), ("cost__lt", 1000000000000)),
                name="offer_costs_no_less_than_0",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("months__lte", 60)),
                name="plan_of_an_offer_is_at_most_60_months",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "waiting_approval"), _negated=True),
                    ("request__isnull", False),
                    _connector="OR",
                ),
                name="waiting_offer_has_its_request",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("side", "customer"), ("made_by__isnull", False), _connector="OR"
                ),
                name="offer_of_staff_names_them",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("side", "staff"), ("request", None), _connector="OR"),
                name="offer_of_a_customer_asks_for_no_approval",
            ),
        ),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(fields=["customer", "done_on"], name="execution_by_customer"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planlengthevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2fad8ac9513e364947f79c85996b9c505c778396",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_db038",
                    table="appeals_planlengthevent",
                    when="BEFORE",
                ),
            ),
        ),
        *guards(),
    ]
