"""Where payouts, write-offs and recoveries stand in the journal."""

from django.db import migrations

#: kind, component, source, account, against; the signs are those of the entry (models/channels.py).
POSTINGS = (
    ("paid_out", "credit", "", "customer_credit", "clearing"),
    ("write_off", "books", "", "receivable", "written_off"),
    ("recovered", "books", "", "receivable", "recoveries"),
)
RECOVERIES = ("recoveries", "Recoveries of what was written off", True, False)


def fill(apps, schema_editor):
    alias = schema_editor.connection.alias
    account = apps.get_model("billing", "Account").objects.using(alias)
    posting = apps.get_model("billing", "Posting").objects.using(alias)
    code, name, by_product, is_transit = RECOVERIES
    account.get_or_create(
        code=code, defaults={"name": name, "by_product": by_product, "is_transit": is_transit}
    )
    for kind, component, source, own, counter in POSTINGS:
        posting.get_or_create(
            kind=kind,
            component=component,
            source=source,
            defaults={"own": account.get(code=own), "counter": account.get(code=counter)},
        )


def remove(apps, schema_editor):
    alias = schema_editor.connection.alias
    posting = apps.get_model("billing", "Posting").objects.using(alias)
    posting.filter(kind__in=[kind for kind, *_rest in POSTINGS]).delete()
    apps.get_model("billing", "Account").objects.using(alias).filter(code=RECOVERIES[0]).delete()


class Migration(migrations.Migration):
    dependencies = [("billing", "0055_payouts_and_write_offs")]

    operations = [migrations.RunPython(fill, remove)]
