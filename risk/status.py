"""A customer's credit status as numbers and words: one answer for every door."""

import datetime
import json
from collections import defaultdict
from collections.abc import Collection
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db import connection

from billing.engine.scope import Few
from billing.engine.sql import run_text

_CENT = Decimal("0.01")

_LINES = """
select coalesce(jsonb_agg(row_to_json(x)), '[]'::jsonb)::text as lines from (
    select l.customer_id, l.id, l.product, l.number, s.assigned_limit::text, s.credit::text,
           coalesce(t.status, 'active') as status, coalesce(t.factor, 1)::text as factor,
           (s.unbilled + coalesce(o.principal, 0))::text as used,
           coalesce(o.owed, 0)::text as outstanding,
           coalesce(e.severity, 'none') as severity,
           case when e.id is null then 0
                else coalesce(e.frozen_dpd, %(on)s::date - e.oldest_due) end as dpd
    from billing_creditline l
    join billing_linestate s on s.line_id = l.id
    left join risk_linestatus t on t.line_id = l.id
    left join risk_episode e
      on e.line_id = l.id and e.cured_on is null and e.reversed_on is null
    left join lateral (
        select sum(o.principal) as principal, sum(o.principal + o.interest + o.fee) as owed
        from billing_openbill o where o.customer_id = l.customer_id and o.line_id = l.id
    ) o on true
    where l.customer_id = any(%(customers)s::bigint[])
    order by l.product
) x
"""


def lines(customer_id: int, on: datetime.date) -> list[dict[str, Any]]:
    """Each line as it stands on `on`, the customer's last open day; amounts as Decimal.

    `effective_limit` is the assigned limit times the smallest factor, rounded down to the cent;
    `available` what is left of it after what is used, at least 0 (RULES, Money, Restrictions).
    """
    return lines_of([customer_id], on).get(customer_id, [])


def lines_of(customers: Collection[int], on: datetime.date) -> dict[int, list[dict[str, Any]]]:
    """As `lines`, of many customers in one query."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = json.loads(run_text(_LINES, Few(tuple(customers)), {"on": on})["lines"])
    for row in rows:
        found[row.pop("customer_id")].append(row)
        for key in ("assigned_limit", "credit", "factor", "used", "outstanding"):
            row[key] = Decimal(row[key])
        limit = (row["assigned_limit"] * row["factor"]).quantize(_CENT, ROUND_DOWN)
        row["effective_limit"] = Decimal("0.00") if row["status"] == "suspended" else limit
        row["available"] = max(row["effective_limit"] - row["used"], Decimal("0.00"))
    return found


def score(customer_id: int) -> int | None:
    """The score; None before the customer's first day."""
    with connection.cursor() as cursor:
        cursor.execute("select score from risk_score where customer_id = %s", [customer_id])
        row = cursor.fetchone()
        return row[0] if row else None
