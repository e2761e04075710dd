"""How far each role may go in granting a package, to begin with."""

from django.db import migrations

from appeals.migrations._offers import end_limits, start_with_limits


class Migration(migrations.Migration):
    dependencies = [("appeals", "0010_offers_and_letters"), ("accounts", "0004_four_eyes")]

    operations = [migrations.RunPython(start_with_limits, end_limits)]
