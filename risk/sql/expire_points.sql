-- RULES, The score: points are in force until the day before they expire; past_due and repeat
-- count their days from the cure of their episode, and end sooner where it was forgiven.
with ended as (
    select p.customer_id, p.points
    from risk_point p
    where p.expires_on = %(day)s and p."on" < %(day)s and p.reverses_id is null and {scope:p}
      and not exists (select from risk_point r where r.reverses_id = p.id)
    union all
    select p.customer_id, p.points
    from unnest(%(adverse_terms)s::int[]) as term(days)
    join risk_episode e on e.cured_on = %(day)s::date - term.days and e.reversed_on is null
    join risk_point p on p.customer_id = e.customer_id and p."on" between e.opened_on and e.cured_on
     and p.cause in ('past_due', 'repeat') and p.evidence_id = e.id and p.lasts_days = term.days
    where term.days > 0 and {scope:e} and p.reverses_id is null
      and not exists (select from risk_point r where r.reverses_id = p.id)
      and not exists (
          select from risk_forgiveness f where f.episode_id = e.id and f."on" >= p."on"
      )
),
lost as (select customer_id, sum(points) as points from ended group by customer_id),
scored as (
    update risk_score s
    set points = s.points - l.points, ended_on = %(day)s,
        score = least(greatest(%(initial)s + s.points - l.points, %(floor)s), %(ceiling)s)
    from lost l
    where s.customer_id = l.customer_id and s.ended_on is distinct from %(day)s
)
select count(*) as events, coalesce(sum(points), 0) as points from ended
