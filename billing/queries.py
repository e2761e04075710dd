"""Questions about facts and days."""

import datetime
from collections.abc import Collection
from typing import NamedTuple

from django.db import connection

from billing.engine.scope import Scope


class Round(NamedTuple):
    """Facts of one kind that are their customers' nth of the day, and those customers."""

    rank: int
    kind: str
    facts: list[int]
    customers: list[int]


def rounds(scope: Scope, on: datetime.date) -> list[Round]:
    """The day's facts in their order: one fact a customer in each rank, grouped by kind.

    A reversed repayment counts as never made (RULES, Facts and consequences), so it is left out,
    and so is its reversal.
    """
    predicate = scope.predicate.format(column="f.customer_id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select rank, kind, array_agg(id), array_agg(customer_id)
            from (
                select f.id, f.kind, f.customer_id, row_number() over (
                    partition by f.customer_id order by f.booked_on, f.id) as rank
                from billing_fact f
                where f.value_on = %(day)s and {predicate} and f.kind <> 'reverse'
                  and not exists (select from billing_fact r where r.reverses_id = f.id)
            ) ranked
            group by rank, kind
            order by rank, kind
            """,
            {"day": on, **scope.params},
        )
        return [Round(*row) for row in cursor.fetchall()]


def opened_through(customer_id: int) -> datetime.date | None:
    """The last business day that is open for a customer; None before the first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select greatest(
                (select s.day_id from billing_dayslice s
                 where s.status = 'done' and %(customer)s %% s.of = s.number
                 order by s.day_id desc limit 1),
                (select opened_on from billing_aheadofnight where customer_id = %(customer)s))
            """,
            {"customer": customer_id},
        )
        row = cursor.fetchone()
        return row[0] if row else None


def opened_through_all(customers: Collection[int]) -> dict[int, datetime.date]:
    """As `opened_through`, of many customers in one query; without those before their first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select c.id, greatest(
                (select s.day_id from billing_dayslice s
                 where s.status = 'done' and c.id %% s.of = s.number
                 order by s.day_id desc limit 1),
                (select opened_on from billing_aheadofnight where customer_id = c.id)) as "on"
            from unnest(%(customers)s::bigint[]) c(id)
            """,
            {"customers": list(customers)},
        )
        return {pk: on for pk, on in cursor.fetchall() if on is not None}


def left_out(on: datetime.date) -> list[int]:
    """Customers that the night of a day passes by: quarantined, or opened already alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select customer_id from billing_quarantine where released_at is null
            union
            select customer_id from billing_aheadofnight where opened_on >= %s
            """,
            [on],
        )
        return [row[0] for row in cursor.fetchall()]
