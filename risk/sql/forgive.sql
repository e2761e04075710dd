-- RULES, The score, Forgiveness: ends the episode's past_due and repeat points on the day of the
-- grant. The episode is the last one that holds the bill.
with granted as (
    insert into risk_forgiveness (decision_id, episode_id, customer_id, "on")
    select d.id, e.id, d.customer_id, %(day)s
    from risk_decision d
    join billing_bill b on b.number = d.bill_number
    cross join lateral (
        select e.id from risk_episodebill x join risk_episode e on e.id = x.episode_id
        where x.bill_id = b.id and e.reversed_on is null and e.opened_on <= %(day)s
        order by e.opened_on desc
        limit 1
    ) e
    where d.kind = 'forgive' and d.value_on = %(day)s and {scope:d}
    on conflict do nothing
    returning decision_id, episode_id, customer_id
),
ended as (
    select p.customer_id, sum(p.points) as points
    from (select distinct episode_id, customer_id from granted) g
    join risk_episode e on e.id = g.episode_id
    join risk_point p on p.customer_id = g.customer_id and p.evidence_id = g.episode_id
     and p.cause in ('past_due', 'repeat') and p."on" <= %(day)s and p.reverses_id is null
    where not exists (select from risk_point r where r.reverses_id = p.id)
      and not exists (
          select from risk_forgiveness f where f.episode_id = g.episode_id and f."on" >= p."on"
      )
      and (e.cured_on is null or p.lasts_days is null
           or e.cured_on + p.lasts_days > %(day)s)
    group by p.customer_id
)
update risk_score s
set points = s.points - e.points,
    score = least(greatest(%(initial)s + s.points - e.points, %(floor)s), %(ceiling)s)
from ended e where s.customer_id = e.customer_id
