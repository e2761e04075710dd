-- What stands of the restrictions that the day touched (of one customer: of all) against what was
-- last told of them: the difference is noted, and named. One that began and ended between two
-- tellings was never told of.
with touched as materialized (
    select r.id, r.customer_id, r.until_on, r.reversed_on
    from risk_restriction r
    where not %(everyone)s and (r.from_on = %(day)s or r.until_on = %(day)s) and {scope:r}
    union all
    select r.id, r.customer_id, r.until_on, r.reversed_on
    from risk_restriction r
    where %(everyone)s and {scope:r}
),
judged as (
    select t.id, t.customer_id, k.state as was, k.version,
           case when t.reversed_on is not null then 'taken_back'
                when t.until_on is null then 'open' else 'lifted' end as now
    from touched t left join risk_restrictiontold k on k.restriction_id = t.id
),
told as (
    insert into risk_restrictiontold (restriction_id, customer_id, state, was, version, "on")
    select j.id, j.customer_id, j.now, coalesce(j.was, ''), coalesce(j.version, 0) + 1, %(day)s
    from judged j
    where j.now <> coalesce(j.was, '') and (j.now = 'open' or j.was is not null)
    on conflict (restriction_id) do update
    set state = excluded.state, was = excluded.was, version = excluded.version, "on" = excluded."on"
    returning restriction_id
)
select coalesce(array_agg(restriction_id), '{}') as told from told
