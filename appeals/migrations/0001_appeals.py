"""Appeals and what belongs to them; the database keeps their moves and their record."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from appeals.migrations._guards import guards


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0004_four_eyes"),
        ("billing", "0005_audit_is_append_only"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WorkCalendarEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("code", models.SlugField(db_index=False, max_length=20, verbose_name="code")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("document", models.JSONField(verbose_name="hours and holidays")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Appeal",
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
                ("number", models.CharField(max_length=20, unique=True, verbose_name="number")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("appeal", "Appeal"),
                            ("objection", "Objection to the record"),
                            ("complaint", "Complaint"),
                            ("hardship", "Request for hardship help"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "subject_kind",
                    models.CharField(
                        choices=[
                            ("none", "Nothing in particular"),
                            ("restriction", "Restriction"),
                            ("episode", "Delinquency episode"),
                            ("fee", "Late fee"),
                            ("point", "Score points"),
                            ("bill", "Bill"),
                            ("transaction", "Transaction"),
                        ],
                        default="none",
                        max_length=12,
                        verbose_name="subject",
                    ),
                ),
                (
                    "subject_id",
                    models.BigIntegerField(blank=True, null=True, verbose_name="subject"),
                ),
                (
                    "asks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("lift", "Lift the restriction"),
                                ("forgive", "Give the score points back"),
                                ("waive", "Waive the late fees"),
                                ("correct", "Correct the bill or the record"),
                                ("plan", "Pay in instalments"),
                                ("due_day", "Another due day"),
                                ("freeze", "Stop interest and fees for a time"),
                                ("explain", "Explain the decision"),
                                ("other", "Something else"),
                            ],
                            max_length=12,
                        ),
                        default=list,
                        size=None,
                        verbose_name="asked for",
                    ),
                ),
                ("words", models.TextField(verbose_name="in the customer's words")),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("submitted", "Submitted"),
                            ("in_review", "In review"),
                            ("waiting_customer", "Waiting for the customer"),
                            ("negotiating", "Negotiating"),
                            ("waiting_approval", "Waiting for approval"),
                            ("decided", "Decided"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                        ],
                        default="submitted",
                        editable=False,
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("portal", "Portal"),
                            ("api", "API"),
                            ("phone", "Phone"),
                            ("letter", "Letter"),
                        ],
                        max_length=8,
                        verbose_name="received by",
                    ),
                ),
                ("received_at", models.DateTimeField(verbose_name="received at")),
                (
                    "received_on",
                    models.DateField(
                        help_text="the day in the book's time zone", verbose_name="received on"
                    ),
                ),
                ("filed_at", models.DateTimeField(verbose_name="entered at")),
                ("legal_due_on", models.DateField(verbose_name="answer due by law")),
                (
                    "legal_stage",
                    models.PositiveSmallIntegerField(default=0, verbose_name="extensions"),
                ),
                (
                    "alarmed_left",
                    models.IntegerField(
                        blank=True, null=True, verbose_name="last alarm, days left"
                    ),
                ),
                (
                    "service_due_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="decision promised by"
                    ),
                ),
                (
                    "service_left",
                    models.IntegerField(
                        blank=True, null=True, verbose_name="business seconds left"
                    ),
                ),
                ("first_due_at", models.DateTimeField(verbose_name="first answer promised by")),
                (
                    "first_answer_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="first answered at"),
                ),
                (
                    "asked_on",
                    models.DateField(blank=True, null=True, verbose_name="customer asked on"),
                ),
                (
                    "answer_due_on",
                    models.DateField(
                        blank=True, null=True, verbose_name="customer's answer due on"
                    ),
                ),
                (
                    "reminded_on",
                    models.DateField(blank=True, null=True, verbose_name="customer reminded on"),
                ),
                (
                    "result",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("granted", "Granted"),
                            ("partly", "Granted in part"),
                            ("declined", "Declined"),
                        ],
                        max_length=8,
                        null=True,
                        verbose_name="result",
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "assigned_to",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assigned to",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeals",
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "filed_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="empty: the customer",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.creditline",
                        verbose_name="credit line",
                    ),
                ),
                (
                    "second_review_of",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="second_review",
                        to="appeals.appeal",
                        verbose_name="second review of",
                    ),
                ),
            ],
            options={
                "verbose_name": "appeal",
                "verbose_name_plural": "appeals",
                "permissions": [
                    ("handle_appeals", "Can handle appeals"),
                    ("lead_appeals", "Can assign appeals and extend their time"),
                    ("view_evidence_files", "Can open the evidence of an appeal"),
                    ("view_appeal_figures", "Can see the figures of appeals"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AppealDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("granted", "Granted"),
                            ("partly", "Granted in part"),
                            ("declined", "Declined"),
                        ],
                        max_length=8,
                        verbose_name="result",
                    ),
                ),
                ("asked", models.TextField(verbose_name="what was asked")),
                ("found", models.TextField(verbose_name="what was found")),
                ("reasons", models.TextField(verbose_name="why it was decided so")),
                ("changes", models.TextField(blank=True, verbose_name="what changes, and when")),
                ("further", models.TextField(blank=True, verbose_name="how to go further")),
                ("package", models.JSONField(default=dict, verbose_name="remedies")),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=14, verbose_name="granted amount"
                    ),
                ),
                ("decided_on", models.DateField(verbose_name="business date")),
                ("decided_at", models.DateTimeField(verbose_name="decided at")),
                (
                    "appeal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decision",
                        to="appeals.appeal",
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision of an appeal",
                "verbose_name_plural": "decisions of appeals",
            },
        ),
        migrations.CreateModel(
            name="AppealEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("move", models.CharField(max_length=24, verbose_name="move")),
                (
                    "from_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("submitted", "Submitted"),
                            ("in_review", "In review"),
                            ("waiting_customer", "Waiting for the customer"),
                            ("negotiating", "Negotiating"),
                            ("waiting_approval", "Waiting for approval"),
                            ("decided", "Decided"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                        ],
                        max_length=16,
                        null=True,
                        verbose_name="from state",
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("submitted", "Submitted"),
                            ("in_review", "In review"),
                            ("waiting_customer", "Waiting for the customer"),
                            ("negotiating", "Negotiating"),
                            ("waiting_approval", "Waiting for approval"),
                            ("decided", "Decided"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                        ],
                        max_length=16,
                        verbose_name="to state",
                    ),
                ),
                (
                    "who",
                    models.CharField(
                        choices=[
                            ("customer", "Customer"),
                            ("staff", "Staff"),
                            ("system", "System"),
                        ],
                        max_length=8,
                        verbose_name="who",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("why", models.TextField(blank=True, db_default="", verbose_name="why")),
                (
                    "appeal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="appeals.appeal",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of an appeal",
                "verbose_name_plural": "steps of appeals",
            },
        ),
        migrations.CreateModel(
            name="AppealRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("effective_from", models.DateField(unique=True, verbose_name="effective from")),
                ("document", models.JSONField(verbose_name="figures")),
                (
                    "preset",
                    models.CharField(
                        blank=True, db_default="", max_length=20, verbose_name="preset"
                    ),
                ),
                (
                    "published_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="published at",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="published by",
                    ),
                ),
            ],
            options={
                "verbose_name": "rules of appeals",
                "verbose_name_plural": "rules of appeals",
            },
        ),
        migrations.CreateModel(
            name="ContestedCause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                (
                    "subject_kind",
                    models.CharField(
                        choices=[
                            ("none", "Nothing in particular"),
                            ("restriction", "Restriction"),
                            ("episode", "Delinquency episode"),
                            ("fee", "Late fee"),
                            ("point", "Score points"),
                            ("bill", "Bill"),
                            ("transaction", "Transaction"),
                        ],
                        max_length=12,
                        verbose_name="subject",
                    ),
                ),
                ("subject_id", models.BigIntegerField(verbose_name="subject")),
                (
                    "code",
                    models.CharField(
                        blank=True, db_default="", max_length=100, verbose_name="rule"
                    ),
                ),
                (
                    "bills",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80),
                        default=list,
                        size=None,
                        verbose_name="bills",
                    ),
                ),
                (
                    "deciders",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        default=list,
                        size=None,
                        verbose_name="who decided it",
                    ),
                ),
                (
                    "hold_number",
                    models.CharField(blank=True, db_default="", max_length=80, verbose_name="hold"),
                ),
                (
                    "result",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("granted", "Granted"),
                            ("partly", "Granted in part"),
                            ("declined", "Declined"),
                        ],
                        max_length=8,
                        null=True,
                        verbose_name="decision",
                    ),
                ),
                (
                    "ground",
                    models.CharField(
                        blank=True, db_default="", max_length=16, verbose_name="ground"
                    ),
                ),
                (
                    "found",
                    models.TextField(blank=True, db_default="", verbose_name="what was found"),
                ),
                (
                    "appeal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="causes",
                        to="appeals.appeal",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.creditline",
                    ),
                ),
            ],
            options={
                "verbose_name": "contested cause",
                "verbose_name_plural": "contested causes",
            },
        ),
        migrations.CreateModel(
            name="DeclaredConflict",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("own", "It is my own account"),
                            ("relative", "A relative or somebody close"),
                            ("business", "A business interest"),
                        ],
                        max_length=10,
                        verbose_name="relation",
                    ),
                ),
                (
                    "words",
                    models.CharField(
                        blank=True, db_default="", max_length=200, verbose_name="in words"
                    ),
                ),
                ("declared_at", models.DateTimeField(verbose_name="declared at")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "declared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="declared by",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ended by",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="member of staff",
                    ),
                ),
            ],
            options={
                "verbose_name": "declared conflict",
                "verbose_name_plural": "declared conflicts",
            },
        ),
        migrations.CreateModel(
            name="DeclaredConflictEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("own", "It is my own account"),
                            ("relative", "A relative or somebody close"),
                            ("business", "A business interest"),
                        ],
                        max_length=10,
                        verbose_name="relation",
                    ),
                ),
                (
                    "words",
                    models.CharField(
                        blank=True, db_default="", max_length=200, verbose_name="in words"
                    ),
                ),
                ("declared_at", models.DateTimeField(verbose_name="declared at")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "declared_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="declared by",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ended by",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="appeals.declaredconflict",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="member of staff",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("content_type", models.CharField(max_length=40, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="size")),
                ("sha256", models.CharField(max_length=64)),
                ("stored_as", models.CharField(editable=False, max_length=80, unique=True)),
                (
                    "scan",
                    models.CharField(
                        choices=[
                            ("unchecked", "No scanner is set up"),
                            ("waiting", "Waiting for the scanner"),
                            ("clean", "Clean"),
                            ("refused", "Refused by the scanner"),
                        ],
                        max_length=10,
                        verbose_name="virus scan",
                    ),
                ),
                (
                    "scanned_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="scanned at"),
                ),
                (
                    "author",
                    models.CharField(
                        choices=[
                            ("customer", "Customer"),
                            ("staff", "Staff"),
                            ("system", "System"),
                        ],
                        max_length=8,
                        verbose_name="sent by",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "appeal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="appeals.appeal",
                    ),
                ),
                (
                    "by",
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
                "verbose_name": "evidence",
                "verbose_name_plural": "evidence",
            },
        ),
        migrations.CreateModel(
            name="EvidenceView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("saved", models.BooleanField(verbose_name="as a download")),
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
                    "evidence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="appeals.evidence",
                    ),
                ),
            ],
            options={
                "verbose_name": "viewing of evidence",
                "verbose_name_plural": "viewings of evidence",
            },
        ),
        migrations.CreateModel(
            name="InternalNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(verbose_name="text")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "appeal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="appeals.appeal",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "internal note",
                "verbose_name_plural": "internal notes",
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "author",
                    models.CharField(
                        choices=[
                            ("customer", "Customer"),
                            ("staff", "Staff"),
                            ("system", "System"),
                        ],
                        max_length=8,
                        verbose_name="author",
                    ),
                ),
                ("text", models.TextField(verbose_name="text")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "appeal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="appeals.appeal",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
            },
        ),
        migrations.CreateModel(
            name="WorkCalendar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=20, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("document", models.JSONField(verbose_name="hours and holidays")),
            ],
            options={
                "verbose_name": "working calendar",
                "verbose_name_plural": "working calendars",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("code", ""), _negated=True), name="calendar_has_a_code"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workcalendar",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "appeals_workcalendarevent" ("code", "document", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."document", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="a17ed51d6cb52eb478a40124141fac5c9ccc29ca",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_7ef2b",
                    table="appeals_workcalendar",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workcalendar",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "appeals_workcalendarevent" ("code", "document", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."document", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                    hash="53a185eca899f19a93d9477284f10e8da8331407",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2f636",
                    table="appeals_workcalendar",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workcalendar",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "appeals_workcalendarevent" ("code", "document", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."document", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="77e7d8ce3ad97354263999c5c054d9865fb61553",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_e83ad",
                    table="appeals_workcalendar",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="workcalendarevent",
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
            model_name="workcalendarevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="appeals.workcalendar",
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "submitted",
                            "in_review",
                            "waiting_customer",
                            "negotiating",
                            "waiting_approval",
                        ],
                    )
                ),
                fields=["legal_due_on", "id"],
                name="appeal_open_by_clock",
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(fields=["customer", "-received_at"], name="appeal_by_customer"),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "submitted",
                            "in_review",
                            "waiting_customer",
                            "negotiating",
                            "waiting_approval",
                        ],
                    )
                ),
                fields=["assigned_to", "legal_due_on"],
                name="appeal_open_by_assignee",
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(("state", "waiting_customer")),
                fields=["answer_due_on"],
                name="appeal_waiting_by_term",
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False)),
                fields=["ended_at"],
                name="appeal_by_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("subject_id", None), ("subject_kind", "none")),
                    models.Q(
                        models.Q(("subject_kind", "none"), _negated=True),
                        ("subject_id__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="appeal_names_what_it_is_about",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("result__isnull", False), ("state", "decided")),
                    models.Q(models.Q(("state", "decided"), _negated=True), ("result", None)),
                    _connector="OR",
                ),
                name="decided_appeal_has_a_result",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_at__isnull", False),
                        ("state__in", ["decided", "withdrawn", "expired"]),
                    ),
                    models.Q(
                        models.Q(("state__in", ["decided", "withdrawn", "expired"]), _negated=True),
                        ("ended_at", None),
                    ),
                    _connector="OR",
                ),
                name="ended_appeal_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("answer_due_on__isnull", False),
                        ("asked_on__isnull", False),
                        ("service_due_at", None),
                        ("service_left__isnull", False),
                        ("state", "waiting_customer"),
                    ),
                    models.Q(
                        models.Q(("state", "waiting_customer"), _negated=True),
                        ("answer_due_on", None),
                        ("asked_on", None),
                        ("reminded_on", None),
                    ),
                    _connector="OR",
                ),
                name="waiting_appeal_was_asked_and_rests",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("legal_due_on__gte", models.F("received_on")), ("legal_stage__lte", 2)
                ),
                name="legal_clock_runs_from_receipt",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(("filed_at__gte", models.F("received_at"))),
                name="appeal_is_entered_no_sooner_than_received",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel__in", ["portal", "api"]), ("filed_by", None)),
                    models.Q(("channel__in", ["phone", "letter"]), ("filed_by__isnull", False)),
                    _connector="OR",
                ),
                name="appeal_by_phone_or_letter_was_entered_by_staff",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(("second_review_of", models.F("id")), _negated=True),
                name="appeal_does_not_review_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="appealdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by", None),
                    models.Q(("approved_by", models.F("decided_by")), _negated=True),
                    _connector="OR",
                ),
                name="appeal_decision_is_approved_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="appealdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("found", ""), _negated=True), models.Q(("reasons", ""), _negated=True)
                ),
                name="appeal_decision_gives_reasons",
            ),
        ),
        migrations.AddConstraint(
            model_name="appealdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0), ("amount__lt", 1000000000000)),
                name="granted_amount_is_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="appealevent",
            constraint=models.UniqueConstraint(
                fields=("appeal", "version"), name="one_step_a_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="appealevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("who", "staff"), _negated=True),
                    ("by__isnull", False),
                    _connector="OR",
                ),
                name="step_of_staff_names_them",
            ),
        ),
        migrations.AddIndex(
            model_name="contestedcause",
            index=models.Index(fields=["subject_kind", "subject_id"], name="contested_by_subject"),
        ),
        migrations.AddConstraint(
            model_name="contestedcause",
            constraint=models.UniqueConstraint(
                fields=("appeal", "position"), name="cause_has_a_place"
            ),
        ),
        migrations.AddConstraint(
            model_name="contestedcause",
            constraint=models.UniqueConstraint(
                fields=("appeal", "subject_kind", "subject_id"), name="cause_is_contested_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="contestedcause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("result", None),
                    models.Q(
                        ("result__in", ["granted", "declined"]),
                        models.Q(("found", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="decided_cause_says_what_was_found",
            ),
        ),
        migrations.AddConstraint(
            model_name="declaredconflict",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("user", "customer"),
                name="one_standing_conflict_a_pair",
            ),
        ),
        migrations.AddConstraint(
            model_name="declaredconflict",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", None)),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        models.Q(("ended_by", models.F("user")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="conflict_is_ended_by_another",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="declaredconflict",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "appeals_declaredconflictevent" ("customer_id", "declared_at", "declared_by_id", "ended_at", "ended_by_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "relation", "user_id", "words") VALUES (NEW."customer_id", NEW."declared_at", NEW."declared_by_id", NEW."ended_at", NEW."ended_by_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."relation", NEW."user_id", NEW."words"); RETURN NULL;',
                    hash="5f3730391c556efc9c374bb1fd7be9ed1adf2025",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_a76fe",
                    table="appeals_declaredconflict",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="declaredconflict",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "appeals_declaredconflictevent" ("customer_id", "declared_at", "declared_by_id", "ended_at", "ended_by_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "relation", "user_id", "words") VALUES (NEW."customer_id", NEW."declared_at", NEW."declared_by_id", NEW."ended_at", NEW."ended_by_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."relation", NEW."user_id", NEW."words"); RETURN NULL;',
                    hash="e52ab337a9923fc140a36b851e0b300d075ae393",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c48fb",
                    table="appeals_declaredconflict",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="declaredconflict",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "appeals_declaredconflictevent" ("customer_id", "declared_at", "declared_by_id", "ended_at", "ended_by_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "relation", "user_id", "words") VALUES (OLD."customer_id", OLD."declared_at", OLD."declared_by_id", OLD."ended_at", OLD."ended_by_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."relation", OLD."user_id", OLD."words"); RETURN NULL;',
                    hash="b9f3ff24b91651103f8abd010a55036cf6756af1",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_a2f02",
                    table="appeals_declaredconflict",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="declaredconflictevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="545a4028f3dce68ee2fb4b55a048503d67868b8f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d18f6",
                    table="appeals_declaredconflictevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(fields=["appeal", "id"], name="evidence_by_appeal"),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(
                condition=models.Q(("scan", "waiting")), fields=["id"], name="evidence_to_scan"
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.UniqueConstraint(
                fields=("appeal", "sha256"), name="same_file_is_filed_once_an_appeal"
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("content_type__in", ["image/jpeg", "image/png", "application/pdf"])
                ),
                name="evidence_is_an_image_or_a_pdf",
            ),
        ),
        migrations.AddIndex(
            model_name="internalnote",
            index=models.Index(fields=["appeal", "id"], name="internal_note_by_appeal"),
        ),
        migrations.AddConstraint(
            model_name="internalnote",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="internal_note_says_something"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["appeal", "id"], name="message_by_appeal"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("author", "customer"),
                    models.Q(("author", "staff"), ("by__isnull", False)),
                    models.Q(("author", "system"), ("by", None)),
                    _connector="OR",
                ),
                name="message_of_staff_names_them",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="message_says_something"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workcalendarevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="21d9ff03c815f553c9e24a09722cb95b9f88150f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_930b6",
                    table="appeals_workcalendarevent",
                    when="BEFORE",
                ),
            ),
        ),
        *guards(),
    ]
