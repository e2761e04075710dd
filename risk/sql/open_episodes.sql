-- RULES, The day, 7: a line with an overdue bill and no open episode opens one; bills that
-- become overdue while it is open join it.
with fresh as (
    select o.bill_id, o.customer_id, o.line_id, o.due_on
    from billing_openbill o
    where o.overdue_on = %(day)s and {scope:o}
),
opened as (
    insert into risk_episode (id, customer_id, line_id, opened_on, severity, oldest_due)
    select f.line_id * 100000 + (%(day)s::date - date '1970-01-01'), f.customer_id, f.line_id,
           %(day)s, 'general', min(f.due_on)
    from fresh f
    where not exists (
        select from risk_episode e
        where e.line_id = f.line_id and e.cured_on is null and e.reversed_on is null
    )
    group by f.customer_id, f.line_id
    on conflict do nothing
    returning id, customer_id, line_id, oldest_due
),
aged as (
    insert into risk_episodeage (episode_id, customer_id, "on", oldest_due)
    select id, customer_id, %(day)s, oldest_due from opened
    on conflict do nothing
),
joined as (
    insert into risk_episodebill (episode_id, bill_id, customer_id, joined_on)
    select coalesce(n.id, e.id), f.bill_id, f.customer_id, %(day)s
    from fresh f
    left join opened n on n.line_id = f.line_id
    left join risk_episode e
      on e.line_id = f.line_id and e.cured_on is null and e.reversed_on is null
    where coalesce(n.id, e.id) is not null
    on conflict do nothing
)
select count(*) as episodes from opened
