from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0051_rates_of_loans"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="charge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_on", None), ("rate", None)),
                    models.Q(
                        ("due_on__isnull", False),
                        ("rate__gte", 0),
                        ("rate__isnull", False),
                        ("rate__lte", 1),
                    ),
                    _connector="OR",
                ),
                name="instalment_has_a_rate",
            ),
        ),
    ]
