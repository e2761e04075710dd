"""Holds, conditional waivers, own due days: their facts, and the holds that stand."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_four_eyes"),
        ("billing", "0005_audit_is_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=80, verbose_name="number")),
                ("started_on", models.DateField(verbose_name="held from")),
                ("until_on", models.DateField(null=True, verbose_name="until")),
                ("fees", models.BooleanField(verbose_name="late fees")),
                ("milestones", models.BooleanField(verbose_name="points and severity")),
                ("interest", models.BooleanField(verbose_name="interest")),
                (
                    "bill_numbers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80),
                        blank=True,
                        null=True,
                        size=None,
                        verbose_name="bills",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="billing.creditline",
                        verbose_name="credit line",
                    ),
                ),
            ],
            options={
                "verbose_name": "hold",
                "verbose_name_plural": "holds",
            },
        ),
        migrations.AddField(
            model_name="fact",
            name="due_day",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="due day"),
        ),
        migrations.AddField(
            model_name="fact",
            name="holds",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("fees", "Late fees"),
                        ("milestones", "Score points and severity by days past due"),
                        ("interest", "Interest of instalments"),
                    ],
                    max_length=10,
                ),
                blank=True,
                null=True,
                size=None,
                verbose_name="what is held",
            ),
        ),
        migrations.AddField(
            model_name="fact",
            name="plan_number",
            field=models.CharField(
                blank=True, max_length=80, null=True, verbose_name="on condition of the plan"
            ),
        ),
        migrations.AddField(
            model_name="fact",
            name="until_on",
            field=models.DateField(blank=True, null=True, verbose_name="until"),
        ),
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("issued", "Billed"),
                    ("upheld", "Dispute upheld"),
                    ("fee", "Late fee"),
                    ("repaid", "Repaid"),
                    ("credited", "Paid from the credit balance"),
                    ("refunded", "Refunded"),
                    ("disputed", "Under dispute"),
                    ("waived", "Waived"),
                    ("returned", "Waiver taken back"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="fact",
            name="kind",
            field=models.CharField(
                choices=[
                    ("bill", "Bill"),
                    ("purchase", "Purchase"),
                    ("draw", "Draw"),
                    ("repay", "Repayment"),
                    ("reverse", "Reversal of a repayment"),
                    ("refund", "Refund"),
                    ("dispute", "Dispute"),
                    ("resolve_dispute", "Decision of a dispute"),
                    ("waive", "Waiver of fees"),
                    ("plan", "Repayment plan"),
                    ("limit", "Change of the assigned limit"),
                    ("hold", "Hold"),
                    ("release_hold", "Release of a hold"),
                    ("due_day", "Change of the due day"),
                ],
                max_length=16,
                verbose_name="kind",
            ),
        ),
        migrations.AddIndex(
            model_name="fact",
            index=models.Index(
                condition=models.Q(("kind__in", ["hold", "release_hold"])),
                fields=["value_on"],
                name="fact_of_a_hold",
            ),
        ),
        migrations.AddIndex(
            model_name="fact",
            index=models.Index(
                condition=models.Q(("plan_number__isnull", False)),
                fields=["plan_number"],
                name="waiver_hangs_on_a_plan",
            ),
        ),
        migrations.AddIndex(
            model_name="fact",
            index=models.Index(
                condition=models.Q(("kind", "due_day")),
                fields=["customer"],
                name="due_day_by_customer",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "returned"), ("reverses_id", None)),
                fields=("fact", "value_on", "version"),
                name="waiver_is_taken_back_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="fact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "hold"), _negated=True),
                    models.Q(
                        ("holds__contained_by", ["fees", "milestones", "interest"]),
                        ("holds__isnull", False),
                        ("holds__len__gte", 1),
                        ("number__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="hold_says_what_it_holds",
            ),
        ),
        migrations.AddConstraint(
            model_name="fact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until_on__isnull", True),
                    models.Q(("kind", "hold"), ("until_on__gt", models.F("value_on"))),
                    _connector="OR",
                ),
                name="hold_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="fact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "release_hold"), _negated=True),
                    ("number__isnull", False),
                    _connector="OR",
                ),
                name="release_names_its_hold",
            ),
        ),
        migrations.AddConstraint(
            model_name="fact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("plan_number__isnull", True), ("kind", "waive"), _connector="OR"
                ),
                name="waiver_alone_hangs_on_a_plan",
            ),
        ),
        migrations.AddConstraint(
            model_name="fact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("due_day__isnull", True), models.Q(("kind", "due_day"), _negated=True)
                    ),
                    models.Q(
                        ("due_day__gte", 1),
                        ("due_day__isnull", False),
                        ("due_day__lte", 28),
                        ("kind", "due_day"),
                    ),
                    _connector="OR",
                ),
                name="due_day_is_in_every_month",
            ),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(fields=["customer"], name="hold_by_customer"),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(fields=["until_on"], name="hold_by_end"),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until_on", None), ("until_on__gte", models.F("started_on")), _connector="OR"
                ),
                name="hold_ends_no_sooner_than_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fees", True), ("milestones", True), ("interest", True), _connector="OR"
                ),
                name="hold_holds_something",
            ),
        ),
    ]
