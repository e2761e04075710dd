"""A customer's credit status as numbers and words: one answer for every door."""

import datetime
import json
from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db import connection

from billing.engine import sql
from billing.engine.scope import Few
from risk import limits


def lines(customer_id: int, on: datetime.date) -> list[dict[str, Any]]:
    """Each line as it stands on `on`, the customer's last open day; amounts as Decimal.

    `effective_limit` and `available` as in risk/limits.py.
    """
    return lines_of([customer_id], on).get(customer_id, [])


def lines_of(customers: Collection[int], on: datetime.date) -> dict[int, list[dict[str, Any]]]:
    """As `lines`, of many customers in one query."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = json.loads(sql.run("risk", "lines", Few(tuple(customers)), {"on": on})["lines"])
    for row in rows:
        found[row.pop("customer_id")].append(row)
        for key in ("assigned_limit", "credit", "factor", "used", "outstanding"):
            row[key] = Decimal(row[key])
        row["effective_limit"] = limits.effective(
            row["assigned_limit"], row["factor"], row["status"]
        )
        row["available"] = limits.available(row["effective_limit"], row["used"])
    return found


def score(customer_id: int) -> int | None:
    """The score; None before the customer's first day."""
    return scores_of([customer_id]).get(customer_id)


def scores_of(customers: Collection[int]) -> dict[int, int]:
    """The scores of those whose first day has come, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select customer_id, score from risk_score where customer_id = any(%s)",
            [list(customers)],
        )
        return dict(cursor.fetchall())
