-- What customers are told of bills and plans from %(since)s to %(day)s: of each episode and each
-- plan the newest. Bills that fell overdue, and milestones of days past due; plans agreed, broken,
-- completed, and instalments missed whose grace still runs.
select * from (
    select distinct on (e.id) e.customer_id, 'overdue'::text, e.id || '/' || x."on",
           'overdue/' || e.id, x."on", jsonb_build_object('episode', e.id), null::bigint
    from (
        select b.episode_id, b.joined_on as "on" from risk_episodebill b
        where b.joined_on between %(since)s and %(day)s and {scope:b}
        union
        select p.evidence_id, p."on" from risk_point p
        where p."on" between %(since)s and %(day)s and p.cause = 'past_due'
          and p.reverses_id is null and {scope:p}
          and not exists (select from risk_point r where r.reverses_id = p.id)
    ) x
    join risk_episode e on e.id = x.episode_id
    where e.cured_on is null and e.reversed_on is null and e.frozen_dpd is null
    order by e.id, x."on" desc
) overdue
union all
select p.customer_id, 'plan_agreed', p.id::text, 'plan/' || p.id, p.started_on,
       jsonb_build_object('plan', p.id), null
from billing_fact f join billing_plan p on p.id = f.id
where f.kind = 'plan' and f.value_on between %(since)s and %(day)s and {scope:f}
  and p.status = 'kept'
union all
select p.customer_id, 'plan_broken', p.id || '/' || p.ended_on, 'plan/' || p.id, p.ended_on,
       jsonb_build_object('plan', p.id), null
from billing_plan p
where p.status = 'broken' and p.ended_on between %(since)s and %(day)s and {scope:p}
union all
select p.customer_id, 'plan_completed', p.id || '/' || p.ended_on, 'plan/' || p.id, p.ended_on,
       jsonb_build_object('plan', p.id), null
from (
    select distinct f.customer_id from billing_fact f
    where f.value_on between %(since)s and %(day)s and {scope:f}
) paid
join billing_plan p on p.customer_id = paid.customer_id
where p.status = 'completed' and p.ended_on between %(since)s and %(day)s
union all
select p.customer_id, 'instalment_missed', p.id || '/' || i.due_on, 'plan/' || p.id, %(day)s::date,
       jsonb_build_object('plan', p.id, 'due_on', i.due_on), null
from billing_plan p
cross join lateral (
    select max(i.due_on) as due_on, sum(i.amount) as asked
    from billing_planinstalment i
    where i.fact_id = p.id and i.due_on < %(day)s
) i
where p.status = 'kept' and {scope:p} and i.asked > p.counted
  and i.due_on + %(plan_grace_days)s >= %(day)s
  and exists (
      select from billing_openbill o where o.customer_id = p.customer_id and o.plan_id = p.id
  )
