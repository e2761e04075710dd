"""Customers in hardship go before all others: their open items have a priority of their own.

It is the mark that says so (docs/promises-and-marks.md), so that an item has it while the mark
stands, and what it had before again when it ends. It is no move: whoever has an item keeps it.
"""

import datetime
from typing import Any

from django.db import connection

from accounts.marks import MarkKind
from accounts.work.choices import Priority

_STANDS = """
select m.customer_id from accounts_mark m
where m.kind = %(kind)s and m.from_on <= %(on)s and (m.until_on is null or m.until_on > %(on)s)
"""
_FIRST = f"""
update accounts_workitem i set usual_priority = i.priority, priority = %(first)s
where i.done_at is null and i.priority > %(first)s and i.customer_id in ({_STANDS}) and {{only}}
"""
_AGAIN = f"""
update accounts_workitem i set priority = i.usual_priority, usual_priority = null
where i.done_at is null and i.priority = %(first)s and i.customer_id not in ({_STANDS}) and {{only}}
"""


def arrange(*, on: datetime.date, customer_id: int | None = None) -> int:
    """Put the open items of those who are in hardship on a business date before all others, and
    those of the others back; of one customer, or of everybody. How many changed."""
    only = "true" if customer_id is None else "i.customer_id = %(customer)s"
    values: dict[str, Any] = {
        "kind": MarkKind.HARDSHIP, "on": on, "first": Priority.HARDSHIP, "customer": customer_id,
    }  # fmt: skip
    changed = 0
    with connection.cursor() as cursor:
        for statement in (_FIRST, _AGAIN):
            cursor.execute(statement.format(only=only), values)
            changed += cursor.rowcount
    return changed
