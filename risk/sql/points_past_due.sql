-- RULES, The score, past_due/K: at an opening with DPD >= K of an open episode not in a kept
-- plan; once per episode and milestone. Only where a milestone is reached today, or the age, or
-- the policy changed today, can one be missing; on a line with holds the days that count are
-- those of the overdue bills that none covers today, less the days held.
with {include:_counted_days},
milestones as (
    select * from unnest(%(thresholds)s::int[], %(points)s::int[]) as m(threshold, points)
),
due as (
    select e.customer_id, 'past_due' as cause, m.threshold, m.points, e.id as evidence_id,
           null::date as expires_on, %(adverse_lasts_days)s::int as lasts_days
    from risk_episode e
    left join counting k on k.line_id = e.line_id
    join milestones m on %(day)s::date - case when k.line_id is null then e.oldest_due
                                              else k.due_on end >= m.threshold
    where e.cured_on is null and e.reversed_on is null and e.frozen_dpd is null and {scope:e}
      and (%(everyone)s or k.line_id is not null
           or %(day)s::date - e.oldest_due = m.threshold
           or exists (
               select from risk_episodeage a where a.episode_id = e.id and a."on" = %(day)s
           ))
      and not exists (
          select from risk_point p
          where p.customer_id = e.customer_id and p."on" >= e.opened_on
            and p.cause = 'past_due' and p.threshold = m.threshold and p.evidence_id = e.id
            and p.reverses_id is null
            and not exists (select from risk_point r where r.reverses_id = p.id)
      )
),
{include:_book_points}
