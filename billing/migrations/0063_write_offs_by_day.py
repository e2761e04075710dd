"""The desk lists the bills that were written off, newest first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0053_settling_authority")]

    operations = [
        migrations.AddIndex(
            model_name="writeoff",
            index=models.Index(fields=["written_on", "bill"], name="write_off_by_day"),
        ),
    ]
