"""Questions about the credit status."""

import datetime

from django.db import connection

from billing.engine.scope import Scope


def customers_with_decisions(scope: Scope, on: datetime.date) -> list[int]:
    """Customers about whom staff decided something that counts from this day."""
    predicate = scope.predicate.format(column="d.customer_id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"select distinct d.customer_id from risk_decision d "
            f"where d.value_on = %(day)s and {predicate}",
            {"day": on, **scope.params},
        )
        return [row[0] for row in cursor.fetchall()]
