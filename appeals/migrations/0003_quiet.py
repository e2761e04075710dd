"""Whether reminders about money wait while an appeal is open."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appeals", "0002_limits_and_calendars")]

    operations = [
        migrations.AddField(
            model_name="appeal",
            name="quiet",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="while it is open, by the policy",
                verbose_name="reminders wait",
            ),
        ),
    ]
