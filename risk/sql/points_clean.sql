-- RULES, The score, clean/K: at the opening K days after the last cure, no episode being open.
with milestones as (
    select * from unnest(%(thresholds)s::int[], %(points)s::int[], %(expiries)s::date[])
        as m(threshold, points, expires_on)
),
due as (
    select e.customer_id, 'clean' as cause, m.threshold, m.points, max(e.id) as evidence_id,
           m.expires_on, null::int as lasts_days
    from milestones m
    join risk_episode e on e.cured_on = %(day)s::date - m.threshold and e.reversed_on is null
    where {scope:e}
      and not exists (
          select from risk_episode x
          where x.customer_id = e.customer_id and x.reversed_on is null
            and (x.cured_on is null or x.cured_on > e.cured_on)
      )
    group by e.customer_id, m.threshold, m.points, m.expires_on
),
{include:_book_points}
