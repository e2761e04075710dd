"""A customer as the book stood at the end of a day, from what was booked by a day.

In shadow tables, the facts and decisions among them: the state is wound back to the earliest day
that something learned later has changed, and the days since then run again without it. Nothing
real is written; the transaction around it is rolled back, and the shadows of facts with it, so
that no later run meets them.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from billing.engine.scope import Few
from billing.engine.shadow import shadow_run
from risk.engine import day as days
from risk.engine.merge import TABLES
from risk.engine.replay import dates, rewind
from risk.engine.steps import Day
from risk.rules import Rulebook

_KNOWN = ("billing_fact", "risk_decision")

_FIRST_CHANGED = """
select least(
    (select min(case when f.kind = 'reverse' then r.value_on
                     when f.kind = 'resolve_dispute' and f.outcome = 'customer'
                     then least(f.value_on, b.issued_on)
                     else f.value_on end)
     from billing_fact f
     left join billing_fact r on r.id = f.reverses_id
     left join billing_bill b on b.number = f.bill_number and f.kind = 'resolve_dispute'
     where f.customer_id = %(customer)s and f.booked_on > %(known_by)s),
    (select min(d.value_on) from risk_decision d
     where d.customer_id = %(customer)s and d.booked_on > %(known_by)s))
"""

_FORGET = """
insert into billing_fact select f.* from public.billing_fact f
where f.customer_id = %(customer)s and f.booked_on <= %(known_by)s;
insert into risk_decision select d.* from public.risk_decision d
where d.customer_id = %(customer)s and d.booked_on <= %(known_by)s
"""

_UNKNOWN_BILLS = """
delete from billing_bill b
where b.issued_on > %(on)s or b.issued_on = date '0001-01-01'
   or b.origin = 'booked' and not exists (select from billing_fact f where f.id = b.id)
   or b.origin = 'instalment' and not exists (select from billing_fact f where f.id = b.sequence)
"""

_EARLIER_ENTRIES = """
insert into billing_entry
select e.* from public.billing_entry e
where e.customer_id = %(customer)s and e.value_on < %(since)s and e.reverses_id is null
  and not exists (select from public.billing_entry r where r.reverses_id = e.id)
  and not exists (select from billing_entry k where k.id = e.id)
"""


def learned_later(customer_id: int, on: datetime.date) -> datetime.date | None:
    """The earliest day up to `on` that facts or decisions booked after it have changed since;
    None if nothing has."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_CHANGED, {"customer": customer_id, "known_by": on})
        since: datetime.date | None = cursor.fetchone()[0]
    return since if since is not None and since <= on else None


@contextmanager
def as_of(
    customer_id: int,
    on: datetime.date,
    *,
    known_by: datetime.date,
    first: datetime.date,
    rulebook: Rulebook,
) -> Iterator[None]:
    """Within, every table of consequences shows the customer at the end of `on`, from what was
    booked by `known_by`. `first` is the customer's first day; `on` is a day that is open."""
    with transaction.atomic():
        since = max(min(learned_later(customer_id, known_by) or on, on), first)
        scope = Few((customer_id,))
        with shadow_run((*TABLES, *_KNOWN), name="as of"):
            params = {
                "customer": customer_id, "known_by": known_by, "since": since, "on": on,
            }  # fmt: skip
            _execute(_FORGET, params)
            rewind(scope, since, rulebook)
            _execute(_UNKNOWN_BILLS, params)
            for date in dates(since, on):
                day = Day(rules=rulebook.on(date), scope=scope, booked_on=date)
                days.open_day(day)
                days.live_day(day)
            _execute(_EARLIER_ENTRIES, params)
            yield
        transaction.set_rollback(True)


def _execute(sql: str, params: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        for statement in sql.split(";"):
            cursor.execute(statement, params)
