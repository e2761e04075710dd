"""Payouts of a credit balance, and bills that are off the books."""

import django.db.models.deletion
from django.db import migrations, models

import billing.columns


def loose(to, name):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=to,
        verbose_name=name,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0060_service_accounts"),
        ("billing", "0042_words_of_breaks"),
    ]

    operations = [
        migrations.CreateModel(
            name="WriteOff",
            fields=[
                (
                    "bill",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="write_off",
                        serialize=False,
                        to="billing.bill",
                    ),
                ),
                ("customer", loose("accounts.customer", "customer")),
                ("line", loose("billing.creditline", "credit line")),
                ("fact", loose("billing.fact", "fact")),
                ("written_on", models.DateField(verbose_name="written off on")),
                ("amount", billing.columns.MoneyField(verbose_name="written off")),
                ("owed", billing.columns.MoneyField(verbose_name="still owed of it")),
            ],
            options={
                "verbose_name": "bill written off",
                "verbose_name_plural": "bills written off",
                "indexes": [models.Index(fields=["customer"], name="write_off_by_customer")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gte", 0),
                            ("amount__lt", 1000000000000),
                            ("owed__gte", 0),
                            ("owed__lt", 1000000000000),
                        ),
                        name="write_off_is_not_negative",
                    )
                ],
            },
        ),
        migrations.AlterField(
            model_name="entry",
            name="component",
            field=models.CharField(
                choices=[
                    ("principal", "Principal"),
                    ("interest", "Interest"),
                    ("fee", "Fee"),
                    ("credit", "Credit balance"),
                    ("books", "On the books"),
                ],
                max_length=10,
                verbose_name="component",
            ),
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
                    ("paid_out", "Paid out to the customer"),
                    ("write_off", "Written off"),
                    ("recovered", "Recovered after a write-off"),
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
                    ("end_plan", "End of a repayment plan"),
                    ("hold", "Hold"),
                    ("release_hold", "Release of a hold"),
                    ("due_day", "Change of the due day"),
                    ("payout", "Payout of a credit balance"),
                    ("write_off", "Write-off"),
                ],
                max_length=16,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="fact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "payout"), _negated=True),
                    models.Q(("amount__isnull", False), ("number__isnull", False)),
                    _connector="OR",
                ),
                name="payout_has_a_number_and_an_amount",
            ),
        ),
    ]
