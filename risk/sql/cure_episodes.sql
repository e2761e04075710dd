-- RULES, The day, 7, and The score, cured: an episode is cured at once when no principal or
-- interest of any of its bills is outstanding beyond the tolerance. Points that last no day
-- after the cure end with it.
with cured as (
    update risk_episode e set cured_on = %(day)s
    where e.cured_on is null and e.reversed_on is null and {scope:e}
      and not exists (
          select from risk_episodebill b
          join billing_openbill o on o.bill_id = b.bill_id
          join {terms} t on t.product = o.product
          where b.episode_id = e.id and o.principal + o.interest > t.tolerance
      )
    returning e.id, e.customer_id, e.severity, e.opened_on
),
ended as (
    select p.customer_id, sum(p.points) as points
    from cured e
    join risk_point p on p.customer_id = e.customer_id and p."on" >= e.opened_on
     and p.cause in ('past_due', 'repeat') and p.evidence_id = e.id and p.lasts_days = 0
     and p.reverses_id is null
    where not exists (select from risk_point r where r.reverses_id = p.id)
      and not exists (
          select from risk_forgiveness f where f.episode_id = e.id and f."on" >= p."on"
      )
    group by p.customer_id
),
due as (
    select e.customer_id, 'cured' as cause, 0 as threshold,
           case e.severity when 'severe' then %(severe_points)s else %(general_points)s end as points,
           e.id as evidence_id, %(expires_on)s::date as expires_on, null::int as lasts_days
    from cured e
),
booked as (
    insert into risk_point ("on", customer_id, cause, threshold, points, evidence_id, expires_on,
                            lasts_days, policy_id, booked_on)
    select %(day)s, customer_id, cause, threshold, points, evidence_id, expires_on, lasts_days,
           %(policy_id)s::bigint, %(booked_on)s
    from due
    where points <> 0
    on conflict do nothing
    returning customer_id, points, expires_on
),
gained as (
    select customer_id, sum(points) as points
    from (
        select customer_id, points from booked where expires_on is null or expires_on > %(day)s
        union all
        select customer_id, -points from ended
    ) x
    group by customer_id
),
scored as (
    update risk_score s
    set points = s.points + g.points,
        score = least(greatest(%(initial)s + s.points + g.points, %(floor)s), %(ceiling)s)
    from gained g where s.customer_id = g.customer_id and g.points <> 0
)
select count(*) as episodes from cured
