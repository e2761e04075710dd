"""Writes what is new, and has the engine correct the days that are open already."""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from django.db import connection

from billing.engine.scope import Slice
from config.importing.layout import CUSTOMERS, FACTS, KINDS
from risk import assessment, rules
from risk.engine import day as days
from risk.engine.merge import TABLES
from risk.engine.replay import dates, replay
from risk.engine.steps import Day

NEWCOMERS = "import_newcomer"
BATCH = 1_000
"""Customers whose days are replayed together."""

ANALYSED = (
    "accounts_customer, billing_creditline, billing_linestate, billing_fact, billing_bill, "
    "billing_charge, billing_openbill, billing_entry, risk_episode, risk_episodebill, "
    "risk_episodeage, risk_point, risk_score, risk_restriction, risk_restrictionevidence, "
    "risk_linestatus"
)

_THERE = (
    f"""delete from pg_temp.{CUSTOMERS} c using accounts_customer a
    where a.number = c.number""",
    f"""delete from pg_temp.{FACTS} f using billing_fact e
    where e.number = f.number and e.kind = f.kind""",
)

_LOCK = f"""
select a.id from accounts_customer a
where a.number in (select f.customer from pg_temp.{FACTS} f)
order by a.id for no key update
"""

_WRITE = (
    f"""insert into accounts_customer (number, name, opened_on, phone, phone_index, id_number,
                                       id_number_index, language)
    select number, name, opened, phone, coalesce(phone_index, ''), id_number,
           coalesce(id_number_index, ''), coalesce(language, 'zh-hans')
    from pg_temp.{CUSTOMERS}
    order by line""",
    f"""with opened as (
        insert into billing_creditline (customer_id, product, number, opened_on, opening_limit)
        select a.id, v.product, c.number || '/' || v.product, c.opened, v.amount
        from pg_temp.{CUSTOMERS} c
        join accounts_customer a on a.number = c.number
        cross join lateral (values (1, 'pay_later', c.pay_later_limit),
                                   (2, 'cash_loan', c.cash_loan_limit)) v(n, product, amount)
        where v.amount is not null
        order by c.line, v.n
        returning id, customer_id, opening_limit
    )
    insert into billing_linestate (line_id, customer_id, assigned_limit)
    select id, customer_id, opening_limit from opened order by id""",
    # Sorted before it is inserted: ids follow the booking order.
    f"""insert into billing_fact (customer_id, line_id, kind, number, booked_on, value_on, amount,
                                  interest, due_on, instalments)
    select l.customer_id, l.id, f.kind, f.number, f.booked, f.value, f.amount, f.interest, f.due,
           f.instalments
    from pg_temp.{FACTS} f
    join accounts_customer a on a.number = f.customer
    join billing_creditline l on l.customer_id = a.id and l.product = f.product
    order by f.booked, array_position(array[{", ".join(f"'{kind}'" for kind in KINDS)}], f.kind),
             f.line""",
)

_TOUCHED = f"""
select x.id, bool_or(x.fresh) as fresh, min(x.since) as since from (
    select a.id, true as fresh, c.opened as since
    from pg_temp.{CUSTOMERS} c join accounts_customer a on a.number = c.number
    union all
    select a.id, false, f.value
    from pg_temp.{FACTS} f join accounts_customer a on a.number = f.customer
) x
group by x.id
"""

# A quarantined customer's consequences come with the retry, from the earliest day on.
_QUARANTINED = f"""
update billing_quarantine q set since = t.since
from ({_TOUCHED}) t
where q.customer_id = t.id and q.released_at is null and t.since < q.since
"""

_LATE = f"""
select t.id, t.fresh, t.since, o.through
from ({_TOUCHED}) t
cross join lateral (
    select greatest(
        (select s.day_id from billing_dayslice s
         where s.status = 'done' and t.id %% s.of = s.number
         order by s.day_id desc limit 1),
        (select n.opened_on from billing_aheadofnight n where n.customer_id = t.id)) as through
) o
where t.since <= o.through and not exists (
    select from billing_quarantine q where q.customer_id = t.id and q.released_at is null)
order by t.fresh, o.through, t.since, t.id
"""


Progress = Callable[[int, int], None]


class Late(NamedTuple):
    """A customer whose open days miss something since a date; `fresh`: new in the book."""

    customer: int
    fresh: bool
    since: datetime.date
    through: datetime.date


@dataclass(frozen=True)
class Batch:
    """Customers whose open days have to be corrected, the earliest date, the last open day."""

    customers: list[int]
    since: datetime.date
    through: datetime.date
    fresh: bool


def drop_what_is_there() -> None:
    """Take from the staging tables what the book has already; what is left is new."""
    with connection.cursor() as cursor:
        for statement in _THERE:
            cursor.execute(statement)


def lock() -> None:
    """Hold off other acts on the customers, then the night; until the commit.

    In this order, as every act on one customer takes them: the row, then the shard.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
    for shard in range(assessment.SHARDS):
        assessment.share_shard(shard)


def write() -> None:
    """Insert what the staging tables hold, in booking order."""
    with connection.cursor() as cursor:
        for statement in _WRITE:
            cursor.execute(statement)


def correct(progress: Progress = lambda done, of: None) -> int:
    """Bring the open days of those whom the new rows concern up to date; how many those are.

    A new customer has nothing recorded yet: the days open straight on the book, for all of them at
    once. The days of the others are replayed and the record is corrected.
    """
    late = _late()
    if not late:
        return 0
    analyse()
    done = 0
    for batch in _batches(late):
        progress(done, len(late))
        (_open if batch.fresh else _replay)(batch)
        done += len(batch.customers)
    progress(done, len(late))
    return done


@dataclass(frozen=True)
class Newcomers(Slice):
    """The customers of one table: like a slice of the night, a step looks only where something
    began or ended that day."""

    @property
    def predicate(self) -> str:
        return f"{{column}} in (select customer_id from pg_temp.{NEWCOMERS})"

    @property
    def params(self) -> dict[str, object]:
        return {}


def _open(batch: Batch) -> None:
    """The planner's figures are renewed as the tables double."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"drop table if exists pg_temp.{NEWCOMERS}; "
            f"create temp table {NEWCOMERS} on commit drop as "
            "select unnest(%s::bigint[]) as customer_id",
            [batch.customers],
        )
        cursor.execute(f"analyze pg_temp.{NEWCOMERS}")
    scope, book = Newcomers(0, 1), rules.current()
    renewed = 1
    for n, on in enumerate(dates(batch.since, batch.through), start=1):
        day = Day(rules=book.on(on), scope=scope, booked_on=batch.through)
        days.open_day(day)
        days.live_day(day)
        if n == 2 * renewed:
            renewed = n
            analyse()


def _replay(batch: Batch) -> None:
    replay(
        batch.customers,
        since=batch.since,
        through=batch.through,
        rulebook=rules.current(),
        booked_on=batch.through,
        because_of="import",
    )
    # What a batch leaves behind would burden the next: its rows go only with the transaction.
    with connection.cursor() as cursor:
        cursor.execute("truncate " + ", ".join(f"pg_temp.{table}" for table in TABLES))
    analyse()


def analyse() -> None:
    """Tell the planner of what came: its figures are those of the tables as they were."""
    with connection.cursor() as cursor:
        cursor.execute(f"analyze {ANALYSED}")


def _late() -> list[Late]:
    """Customers with a new fact, or a first day, that an open day should have seen."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from billing_dayslice where status = 'done') "
            "or exists (select from billing_aheadofnight)"
        )
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(_QUARANTINED)
        cursor.execute(_LATE, {})
        return [Late(*row) for row in cursor.fetchall()]


def _batches(late: list[Late]) -> Iterator[Batch]:
    """Those who are open through the same day together; those to be replayed so many at a time."""
    for (fresh, through), group in groupby(late, key=lambda row: (row.fresh, row.through)):
        rows = list(group)
        size = len(rows) if fresh else BATCH
        for start in range(0, len(rows), size):
            part = rows[start : start + size]
            yield Batch([row.customer for row in part], part[0].since, through, fresh)
