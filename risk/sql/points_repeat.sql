-- RULES, The score, repeat/N: when an episode opens and the customer's episodes opened in the
-- last 365 days number >= N (the highest N that fits); once per episode.
with fresh as (
    select e.id, e.customer_id, (
        select count(*) from risk_episode x
        where x.customer_id = e.customer_id and x.reversed_on is null
          and x.opened_on > %(day)s::date - 365 and x.opened_on <= %(day)s
    ) as number
    from risk_episode e
    where e.opened_on = %(day)s and e.reversed_on is null and {scope:e}
),
due as (
    select f.customer_id, 'repeat' as cause, m.threshold, m.points, f.id as evidence_id,
           null::date as expires_on, %(adverse_lasts_days)s::int as lasts_days
    from fresh f
    cross join lateral (
        select * from unnest(%(thresholds)s::int[], %(points)s::int[]) as m(threshold, points)
        where m.threshold <= f.number
        order by m.threshold desc
        limit 1
    ) m
),
{include:_book_points}
