-- RULES, The day, 4 and 7: days past due are those of the oldest overdue bill; an episode whose
-- overdue bills are all in a kept plan keeps its days and its severity. An open episode becomes
-- severe by its days, by the number of episodes in 365 days, or by the amount overdue.
-- That number grows only with a new episode, and counts anew when a plan has ended. Severity looks
-- at the overdue bills that no hold covers today, and at their days past due less those held.
with {include:_counted_days},
overdue as materialized (
    select o.line_id, min(o.due_on) as oldest, sum(o.principal + o.interest) as amount
    from billing_openbill o
    where o.overdue_on is not null and {scope:o}
    group by o.line_id
),
open as materialized (
    select e.* from risk_episode e
    where e.cured_on is null and e.reversed_on is null and {scope:e}
),
counted as materialized (
    select x.customer_id, count(*) as number
    from risk_episode x
    where x.reversed_on is null
      and x.opened_on > %(day)s::date - 365 and x.opened_on <= %(day)s
      and x.customer_id in (
          select e.customer_id from risk_episode e where e.opened_on = %(day)s and {scope:e}
          union
          select o.customer_id from open o where %(everyone)s or o.frozen_dpd is not null
          union
          select c.customer_id from counting c
      )
    group by x.customer_id
),
judged as materialized (
    select e.id, e.customer_id, e.oldest_due as old_due, e.frozen_dpd as old_frozen,
           coalesce(o.oldest, e.oldest_due) as oldest_due,
           case when o.line_id is null
                then coalesce(e.frozen_dpd, %(day)s::date - 1 - e.oldest_due) end as frozen_dpd,
           coalesce(o.line_id is not null and e.severity = 'general'
               and (k.line_id is null or k.due_on is not null) and (
               %(day)s::date - coalesce(k.due_on, o.oldest) >= %(severe_dpd)s::int
               or coalesce(c.number >= %(severe_episodes)s::int, false)
               or coalesce(coalesce(k.amount, o.amount) >= %(severe_amount)s::numeric, false)
           ), false) as turns
    from open e
    left join overdue o on o.line_id = e.line_id
    left join counted c on c.customer_id = e.customer_id
    left join counting k on k.line_id = e.line_id
),
changed as (
    update risk_episode e
    set oldest_due = j.oldest_due, frozen_dpd = j.frozen_dpd,
        severity = case when j.turns then 'severe' else e.severity end,
        severe_on = case when j.turns then %(day)s else e.severe_on end
    from judged j
    where e.id = j.id
      and (j.turns or j.oldest_due <> j.old_due or j.frozen_dpd is distinct from j.old_frozen)
),
aged as (
    insert into risk_episodeage (episode_id, customer_id, "on", oldest_due, frozen_dpd)
    select id, customer_id, %(day)s, oldest_due, frozen_dpd
    from judged
    where oldest_due <> old_due or frozen_dpd is distinct from old_frozen
    on conflict (episode_id, "on") do update
    set oldest_due = excluded.oldest_due, frozen_dpd = excluded.frozen_dpd
)
select count(*) filter (where turns) as severe from judged
