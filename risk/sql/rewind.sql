-- In a shadow run: the credit status of these customers as it stood before the opening of
-- %(since)s.
with episodes as (
    insert into risk_episode (id, customer_id, line_id, opened_on, cured_on, severity, severe_on,
                              oldest_due, frozen_dpd)
    select e.id, e.customer_id, e.line_id, e.opened_on,
           case when e.cured_on < %(since)s then e.cured_on end,
           case when e.severe_on < %(since)s then 'severe' else 'general' end,
           case when e.severe_on < %(since)s then e.severe_on end,
           coalesce(a.oldest_due, e.oldest_due), a.frozen_dpd
    from public.risk_episode e
    left join lateral (
        select a.oldest_due, a.frozen_dpd from public.risk_episodeage a
        where a.episode_id = e.id and a."on" < %(since)s
        order by a."on" desc
        limit 1
    ) a on true
    where {scope:e} and e.opened_on < %(since)s and e.reversed_on is null
    returning id, cured_on
),
bills as (
    insert into risk_episodebill
    select b.* from public.risk_episodebill b join episodes e on e.id = b.episode_id
    where {scope:b} and b.joined_on < %(since)s
),
ages as (
    insert into risk_episodeage
    select a.* from public.risk_episodeage a join episodes e on e.id = a.episode_id
    where {scope:a} and a."on" < %(since)s
),
forgiven as (
    insert into risk_forgiveness
    select f.* from public.risk_forgiveness f
    where {scope:f} and f."on" < %(since)s
    returning episode_id, "on"
),
points as (
    insert into risk_point
    select p.* from public.risk_point p
    where {scope:p} and p."on" < %(since)s and p.reverses_id is null
      and not exists (select from public.risk_point r where r.reverses_id = p.id)
    returning customer_id, cause, "on", points, evidence_id, expires_on, lasts_days
),
in_force as (
    select p.customer_id, sum(p.points) as points
    from points p
    left join episodes e on e.id = p.evidence_id and p.cause in ('past_due', 'repeat')
    where (p.expires_on is null or p.expires_on >= %(since)s)
      and (e.cured_on is null or p.lasts_days is null
           or e.cured_on + p.lasts_days >= %(since)s and p.lasts_days > 0)
      and not exists (
          select from forgiven f where f.episode_id = e.id and f."on" >= p."on"
      )
    group by p.customer_id
),
scores as (
    insert into risk_score (customer_id, points, score)
    select s.customer_id, coalesce(i.points, 0),
           least(greatest(%(initial)s + coalesce(i.points, 0), %(floor)s), %(ceiling)s)
    from public.risk_score s
    join public.accounts_customer c on c.id = s.customer_id and c.opened_on < %(since)s
    left join in_force i on i.customer_id = s.customer_id
    where {scope:s}
),
alerts as (
    insert into risk_alert (id, customer_id, code, opened_on, closed_on, closed_by_id, points_lost)
    select a.id, a.customer_id, a.code, a.opened_on,
           case when a.closed_on < %(since)s then a.closed_on end,
           case when a.closed_on < %(since)s then a.closed_by_id end, a.points_lost
    from public.risk_alert a
    where {scope:a} and a.opened_on < %(since)s and a.reversed_on is null
),
restrictions as (
    insert into risk_restriction (id, customer_id, line_id, code, trigger, effect, factor,
                                  policy_id, from_on, until_on)
    select r.id, r.customer_id, r.line_id, r.code, r.trigger, r.effect, r.factor, r.policy_id,
           r.from_on, case when r.until_on < %(since)s then r.until_on end
    from public.risk_restriction r
    where {scope:r} and r.from_on < %(since)s and r.reversed_on is null
    returning id, customer_id, line_id, effect, factor, until_on
),
evidence as (
    insert into risk_restrictionevidence
    select x.* from public.risk_restrictionevidence x join restrictions r on r.id = x.restriction_id
    where {scope:x} and x."on" < %(since)s
)
insert into risk_linestatus (line_id, customer_id, status, factor)
select line_id, customer_id,
       case when bool_or(effect = 'suspend') then 'suspended' else 'reduced' end,
       case when bool_or(effect = 'suspend') then 0 else min(factor) end
from restrictions
where until_on is null
group by line_id, customer_id
