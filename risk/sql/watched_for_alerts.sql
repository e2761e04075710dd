-- For whom an alert can begin or end at this opening: points were lost since the last one, or an
-- alert is open (raise_alerts.sql).
with watched as (
    select p.customer_id from risk_point p
    where p."on" between %(day)s::date - 1 and %(day)s and p.points < 0
      and p.reverses_id is null and {scope:p}
    union
    select a.customer_id from risk_alert a
    where a.closed_on is null and a.reversed_on is null and {scope:a}
)
select coalesce(array_agg(customer_id), '{}') as customers from watched
