"""The journal: each money entry as two lines, by rules that are data; a trial balance a day.

The balance of a day is that of the day before and the entries since, so that sealing a day costs
what the day moved, not what the book holds.
"""

import datetime

from django.db import connection, transaction

from billing.models import TrialBalance

_SEAL = """
with last as (
    select coalesce(max(t.last_entry), 0) as entry, max(t.day) as day
    from billing_trialbalance t where t.day < %(day)s
),
moved as (
    select j.account, j.product, sum(j.amount) filter (where j.amount > 0) as debits,
           -sum(j.amount) filter (where j.amount < 0) as credits, sum(j.amount) as amount
    from billing_journal j
    where j.entry_id > (select entry from last) and j.entry_id <= %(through)s
    group by j.account, j.product
),
stood as (
    select t.account, t.product, t.balance
    from billing_trialbalance t where t.day = (select day from last)
)
insert into billing_trialbalance (day, account, product, debits, credits, balance, last_entry)
select %(day)s, coalesce(m.account, s.account), coalesce(m.product, s.product),
       coalesce(m.debits, 0), coalesce(m.credits, 0),
       coalesce(s.balance, 0) + coalesce(m.amount, 0), %(through)s
from moved m full join stood s on s.account = m.account and s.product = m.product
on conflict (day, account, product) do update
set debits = excluded.debits, credits = excluded.credits, balance = excluded.balance,
    last_entry = excluded.last_entry
"""

#: Entries that no posting rule fits: their money would stand in no account.
UNPOSTED = """
select e.id from billing_entry e
where e.id > %(after)s and not exists (
    select from billing_posting p where p.kind = e.kind and p.component = e.component)
order by e.id limit 100
"""


def seal(day: datetime.date, *, through: int) -> int:
    """Write the trial balance of a day with the entries up to an id; how many accounts."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SEAL, {"day": day, "through": through})
        return int(cursor.rowcount)


def out_of_balance(day: datetime.date) -> str | None:
    """What a day's accounts sum to, if that is not zero; or a transit account that holds money."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(sum(balance), 0) from billing_trialbalance where day = %s", [day]
        )
        total = cursor.fetchone()[0]
        if total:
            return f"the accounts sum to {total}"
        cursor.execute(
            "select t.account, t.balance from billing_trialbalance t "
            "join billing_account a on a.code = t.account and a.is_transit "
            "where t.day = %s and t.balance <> 0 limit 1",
            [day],
        )
        held = cursor.fetchone()
    return f"{held[0]} holds {held[1]}" if held else None


def unposted(after: int) -> list[int]:
    """Ids of entries after one that no rule posts; none in a whole book."""
    with connection.cursor() as cursor:
        cursor.execute(UNPOSTED, {"after": after})
        return [row[0] for row in cursor.fetchall()]


def last_sealed() -> TrialBalance | None:
    return TrialBalance.objects.order_by("-day").first()
