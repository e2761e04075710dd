-- RULES, Alerts: at an opening, the points lost in the window reach the threshold (expired ones
-- included, forgiven ones aside; after a closing by staff only points dated after it).
-- A night runs it for the customers that watched_for_alerts.sql names.
with settings as (
    select * from unnest(%(codes)s::text[], %(points_lost)s::int[], %(window_days)s::int[])
        as a(code, points_lost, window_days)
),
open as (
    select a.id, a.customer_id, a.code from risk_alert a
    where a.closed_on is null and a.reversed_on is null and {scope:a}
),
watched as (
    select c.customer_id, s.code, s.points_lost, s.window_days
    from risk_score c cross join settings s
    where {scope:c}
),
lost as (
    select w.customer_id, w.code, w.points_lost, -sum(p.points) as lost
    from watched w
    join risk_point p on p.customer_id = w.customer_id
     and p."on" > %(day)s::date - w.window_days and p."on" <= %(day)s
     and p.points < 0 and p.reverses_id is null
    where p."on" > coalesce((
              select max(a.closed_on) from risk_alert a
              where a.customer_id = w.customer_id and a.code = w.code
                and a.closed_by_id is not null and a.reversed_on is null
          ), '-infinity')
      and not exists (select from risk_point r where r.reverses_id = p.id)
      and not exists (
          select from risk_forgiveness f
          where f.episode_id = p.evidence_id and p.cause in ('past_due', 'repeat')
            and f."on" >= p."on"
      )
    group by w.customer_id, w.code, w.points_lost
),
reached as (select * from lost where lost >= points_lost),
closed as (
    update risk_alert a set closed_on = %(day)s
    from open o
    where a.id = o.id and not exists (
        select from reached r where r.customer_id = o.customer_id and r.code = o.code
    )
    returning a.id
),
raised as (
    insert into risk_alert (customer_id, code, opened_on, points_lost)
    select r.customer_id, r.code, %(day)s, r.lost
    from reached r
    where not exists (
        select from open o where o.customer_id = r.customer_id and o.code = r.code
    )
    on conflict do nothing
    returning id
)
select (select count(*) from raised) as raised, (select count(*) from closed) as closed
