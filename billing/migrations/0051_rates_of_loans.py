"""The instalments of loans that were drawn before know the rate they were drawn at; the journal
knows interest that is given back."""

from django.db import migrations

POSTINGS = (
    ("given_back", "interest", "receivable", "interest_income"),
    ("given_back", "credit", "customer_credit", "interest_income"),
)

RATES = """
update billing_charge c set rate = (
    select (t.document ->> 'interest_daily_rate')::numeric
    from billing_productterms t
    where t.product = 'cash_loan'
    order by t.effective_from > c.value_on, abs(t.effective_from - c.value_on)
    limit 1
)
where c.due_on is not null and c.rate is null
"""


def fill(apps, schema_editor):
    account, posting = apps.get_model("billing", "Account"), apps.get_model("billing", "Posting")
    made = {row.code: row for row in account.objects.all()}
    for kind, component, own, counter in POSTINGS:
        posting.objects.create(
            kind=kind, component=component, source="", own=made[own], counter=made[counter]
        )


def clear(apps, schema_editor):
    apps.get_model("billing", "Posting").objects.filter(kind="given_back").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0050_early_settlement"),
    ]

    operations = [
        migrations.RunPython(fill, clear),
        migrations.RunSQL(RATES, migrations.RunSQL.noop),
    ]
