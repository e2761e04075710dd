"""The book at a glance: what the desk's first page draws, counted once when a day closes.

Counting reads what is open now and each customer's score; a page view then reads the days' reports
alone. Figures are those of the moment of the close. A customer whose later days were opened alone
by an act, while the night was still behind, counts as they stand by then.

Buckets are by the days past due of a line: days since the due date of its oldest overdue bill, or
the days at which it rests while a kept plan covers all of them. A line without an open episode is
`current`. Amounts are principal and interest of overdue bills of such lines, in major units.

A move is from a line's bucket at the end of yesterday to its bucket at the close of today, one for
each episode: `up` to a later bucket, `down` to an earlier one (its oldest bill was paid), `cured`
whichever the bucket was, else `stayed`. So the moves of a day sum to yesterday's overdue lines,
unless a correction took an episode back. An episode that opened today has no yesterday: it is
counted as opened, and if it was cured the same day as cured too, but it did not move.
"""

import datetime
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import connection

from billing.choices import Product
from billing.engine import sql

#: First day past due of each bucket; a line is in the last one that it has reached.
FIRST_DAYS = (1, 30, 60, 90)
BUCKETS = ("1-29", "30-59", "60-89", "90+")
CURRENT = "current"
MOVES = ("up", "stayed", "down", "cured")

#: Width of a step of the score distribution, in points; a step is named by its lowest score.
SCORE_STEP = 50

#: First day of age of each band of a queue: today or yesterday, a week, a month, longer.
QUEUE_DAYS = (0, 2, 8, 31)

# 0 is current, then the buckets in order. An age row of today tells that the oldest bill or the
# rest in a plan changed today: only then yesterday's is looked up. The product comes with the
# overdue bills; only a line that has none is looked up.
_EPISODES = """
with known as materialized (
    select e.id, e.line_id, e.opened_on, e.oldest_due, e.frozen_dpd, false as cured
    from risk_episode e
    where e.cured_on is null and e.reversed_on is null and e.opened_on <= %(day)s
    union all
    select e.id, e.line_id, e.opened_on, e.oldest_due, e.frozen_dpd, true
    from risk_episode e
    where e.cured_on = %(day)s and e.reversed_on is null
),
owed as materialized (
    select o.line_id, o.product, sum(o.principal + o.interest) as amount
    from billing_openbill o
    where o.overdue_on is not null
    group by o.line_id, o.product
),
placed as (
    select coalesce(o.product,
                    (select l.product from billing_creditline l where l.id = k.line_id)) as product,
           case when not k.cured then o.amount end as amount,
           case when k.opened_on = %(day)s then 0
                else width_bucket(coalesce(b.frozen_dpd, %(day)s::date - 1 - b.oldest_due),
                                  %(later)s::int[]) + 1 end as before,
           case when k.cured then 0
                else width_bucket(coalesce(k.frozen_dpd, %(day)s::date - k.oldest_due),
                                  %(later)s::int[]) + 1 end as after
    from known k
    left join owed o on o.line_id = k.line_id
    left join risk_episodeage t on t.episode_id = k.id and t."on" = %(day)s
    left join lateral (
        select a.oldest_due, a.frozen_dpd
        from risk_episodeage a
        where t.episode_id is not null and a.episode_id = k.id and a."on" < %(day)s
        order by a."on" desc
        limit 1
    ) p on true
    cross join lateral (
        select coalesce(p.oldest_due, k.oldest_due) as oldest_due,
               case when p.oldest_due is null then k.frozen_dpd else p.frozen_dpd end as frozen_dpd
    ) b
)
select product, before, after, count(*), coalesce(sum(amount), 0)
from placed
group by product, before, after
"""

_LINES = """
select product, count(*) from billing_creditline where opened_on <= %(day)s group by product
"""

_SCORES = "select score, count(*) from risk_score group by score"

# Each restriction by staff has a code of its own.
_RESTRICTIONS = """
select x.trigger, case when x.trigger = 'manual' then '' else x.code end,
       count(*) filter (where x.what = 'opened'), count(*) filter (where x.what = 'released'),
       count(*) filter (where x.what = 'standing')
from (
    select trigger, code, 'opened' as what from risk_restriction
    where from_on = %(day)s and reversed_on is null
    union all
    select trigger, code, 'released' from risk_restriction
    where until_on = %(day)s and reversed_on is null
    union all
    select trigger, code, 'standing' from risk_restriction
    where until_on is null and reversed_on is null
) x
group by 1, 2
order by 1, 2
"""

_QUEUES = """
select 'alerts', width_bucket(%(day)s::date - opened_on, %(later)s::int[]), count(*),
       min(opened_on)
from risk_alert
where closed_on is null and reversed_on is null
group by 2
union all
select 'disputes', width_bucket(%(day)s::date - filed_on, %(later)s::int[]), count(*),
       min(filed_on)
from billing_dispute
where outcome is null
group by 2
"""


def figures(on: datetime.date) -> dict[str, Any]:
    """The book at the close of a day, as JSON keeps it; amounts are text.

    `lines`: product, bucket, `lines` and `amount`; `moves`: product, bucket of yesterday, how many
    lines went where; `episodes`: product, `opened` and `cured` today; `scores`: lowest score of a
    step, customers; `restrictions`: by trigger and code (no code where staff set it) how many
    lines `opened` and `released` today and `standing`; `queues`: open ones by age (QUEUE_DAYS).
    """
    sql.expect_memory()
    return {
        **_episodes(on),
        "scores": _scores(),
        "restrictions": [
            {"trigger": trigger, "code": code, "opened": new, "released": gone, "standing": now}
            for trigger, code, new, gone, now in _rows(_RESTRICTIONS, on)
        ],
        "queues": _queues(on),
    }


def _episodes(on: datetime.date) -> dict[str, Any]:
    all_lines = dict(_rows(_LINES, on))
    lines: dict[str, Any] = {}
    for product in Product.values:
        lines[product] = {CURRENT: {"lines": all_lines.get(product, 0)}}
        lines[product] |= {name: {"lines": 0, "amount": Decimal(0)} for name in BUCKETS}
    moves = {p: {name: dict.fromkeys(MOVES, 0) for name in BUCKETS} for p in Product.values}
    counts = {product: {"opened": 0, "cured": 0} for product in Product.values}
    for product, before, after, count, amount in _rows(_EPISODES, on, FIRST_DAYS[1:]):
        if after:
            bucket = lines[product][BUCKETS[after - 1]]
            bucket["lines"] += count
            bucket["amount"] += amount
            lines[product][CURRENT]["lines"] -= count
        else:
            counts[product]["cured"] += count
        if before:
            moves[product][BUCKETS[before - 1]][_move(before, after)] += count
        else:
            counts[product]["opened"] += count
    for buckets in lines.values():
        for name in BUCKETS:
            buckets[name]["amount"] = str(buckets[name]["amount"])
    return {"lines": lines, "moves": moves, "episodes": counts}


def _move(before: int, after: int) -> str:
    if not after:
        return "cured"
    return "up" if after > before else "stayed" if after == before else "down"


def _scores() -> dict[str, int]:
    steps: Counter[int] = Counter()
    for score, count in _rows(_SCORES):
        steps[score // SCORE_STEP * SCORE_STEP] += count
    return {str(lowest): steps[lowest] for lowest in sorted(steps)}


def _queues(on: datetime.date) -> dict[str, Any]:
    queues: dict[str, Any] = {}
    for name, band, count, oldest in _rows(_QUEUES, on, QUEUE_DAYS[1:]):
        queue = queues.setdefault(name, {"ages": [0] * len(QUEUE_DAYS), "oldest": None})
        queue["ages"][band] = count
        queue["oldest"] = min(queue["oldest"] or "9999", oldest.isoformat())
    return queues


def _rows(text: str, on: datetime.date | None = None, later: Iterable[int] = ()) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(text, {"day": on, "later": list(later)})
        found: list[Any] = cursor.fetchall()
    return found
