"""An export with phone numbers in clear has its own permission and keeps its reason."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0085_hardship_first_and_messages")]

    operations = [
        migrations.AddField(
            model_name="export",
            name="clear_reason",
            field=models.TextField(blank=True, db_default="", verbose_name="why in clear"),
        ),
        migrations.AlterModelOptions(
            name="export",
            options={
                "permissions": [
                    ("export_lists", "Can export lists as files"),
                    ("export_identity", "Can export phone numbers in clear"),
                ],
                "verbose_name": "export",
                "verbose_name_plural": "exports",
            },
        ),
    ]
