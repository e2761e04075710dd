-- For whom a restriction can open or lift at this opening: something began or ended today that a
-- trigger looks at (restrict.sql).
with touched_scores as materialized (
    select p.customer_id from risk_point p
    where p."on" = %(day)s and p.reverses_id is null and {scope:p}
    union
    select p.customer_id from risk_point p
    where p.expires_on = %(day)s and {scope:p}
    union
    select e.customer_id from unnest(%(adverse_terms)s::int[]) as term(days)
    join risk_episode e on e.cured_on = %(day)s::date - term.days
    where {scope:e}
),
touched as (
    select t.customer_id from touched_scores t
    where (select s.score from risk_score s where s.customer_id = t.customer_id) < %(highest_score)s
      or exists (
        select from risk_restriction r
        where r.customer_id = t.customer_id and r.trigger = 'score_below'
          and r.until_on is null and r.reversed_on is null)
    union
    select c.id from accounts_customer c
    where c.opened_on between %(day)s::date - 1 and %(day)s and {scope:c.id}
    union
    select e.customer_id from risk_episode e where e.opened_on = %(day)s and {scope:e}
    union
    select e.customer_id from risk_episode e
    where e.cured_on is null and e.reversed_on is null and e.severe_on = %(day)s and {scope:e}
    union
    select e.customer_id from (select distinct unnest(%(holds)s::int[])) hold(days)
    join risk_episode e on e.cured_on = %(day)s::date - hold.days
    where {scope:e}
    union
    select p.customer_id from (select distinct unnest(%(holds)s::int[])) hold(days)
    join billing_plan p on p.status = 'broken' and p.ended_on = %(day)s::date - hold.days
    where {scope:p}
    union
    select a.customer_id from risk_alert a where a.opened_on = %(day)s and {scope:a}
    union
    select a.customer_id from risk_alert a where a.closed_on = %(day)s and {scope:a}
    union
    select d.customer_id from risk_decision d
    where d.kind = 'exempt' and d.until_on = %(day)s and {scope:d}
)
select coalesce(array_agg(customer_id), '{}') as customers from touched
