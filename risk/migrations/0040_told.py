"""What was last told of restrictions and statuses; a book that is there already counts as told."""

import django.db.models.deletion
from django.db import migrations, models

# Nobody hears on the day of the upgrade of what began before it.
KNOWN = """
insert into risk_restrictiontold (restriction_id, customer_id, state, "on")
select id, customer_id,
       case when reversed_on is not null then 'taken_back'
            when until_on is null then 'open' else 'lifted' end,
       coalesce(reversed_on, until_on, from_on)
from risk_restriction;
insert into risk_statustold (line_id, customer_id, status, factor, was, "on")
select line_id, customer_id, status, factor, 'active', current_date from risk_linestatus
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0030_notices_and_webhooks"),
        ("billing", "0005_audit_is_append_only"),
        ("risk", "0003_whole_decisions"),
    ]

    operations = [
        migrations.CreateModel(
            name="RestrictionTold",
            fields=[
                (
                    "restriction",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="told",
                        serialize=False,
                        to="risk.restriction",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "In force"),
                            ("lifted", "Lifted"),
                            ("taken_back", "Taken back"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("was", models.CharField(blank=True, db_default="", max_length=10)),
                ("version", models.PositiveSmallIntegerField(db_default=1)),
                ("on", models.DateField(verbose_name="business date")),
            ],
            options={
                "verbose_name": "told restriction",
                "verbose_name_plural": "told restrictions",
            },
        ),
        migrations.CreateModel(
            name="StatusTold",
            fields=[
                (
                    "line",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="billing.creditline",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("reduced", "Reduced"),
                            ("suspended", "Suspended"),
                        ],
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "factor",
                    models.DecimalField(decimal_places=12, max_digits=13, verbose_name="factor"),
                ),
                (
                    "was",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("reduced", "Reduced"),
                            ("suspended", "Suspended"),
                        ],
                        max_length=10,
                    ),
                ),
                ("version", models.PositiveIntegerField(db_default=1)),
                ("on", models.DateField(verbose_name="business date")),
            ],
            options={
                "verbose_name": "told line status",
                "verbose_name_plural": "told line statuses",
            },
        ),
        migrations.AddIndex(
            model_name="episodebill",
            index=models.Index(fields=["joined_on", "customer"], name="episode_bill_by_day"),
        ),
        migrations.AddField(
            model_name="restrictiontold",
            name="customer",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="accounts.customer",
                verbose_name="customer",
            ),
        ),
        migrations.AddField(
            model_name="statustold",
            name="customer",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="accounts.customer",
                verbose_name="customer",
            ),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
