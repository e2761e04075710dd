-- The status of the lines of these restrictions against what was last told of it.
with touched as materialized (
    select distinct r.line_id, r.customer_id from risk_restriction r
    where r.id = any(%(told)s::bigint[])
),
judged as (
    select t.line_id, t.customer_id, coalesce(k.status, 'active') as was,
           coalesce(k.factor, 1) as was_factor, coalesce(k.version, 0) as version,
           coalesce(s.status, 'active') as status, coalesce(s.factor, 1) as factor
    from touched t
    left join risk_linestatus s on s.line_id = t.line_id
    left join risk_statustold k on k.line_id = t.line_id
),
told as (
    insert into risk_statustold (line_id, customer_id, status, factor, was, version, "on")
    select j.line_id, j.customer_id, j.status, j.factor, j.was, j.version + 1, %(day)s
    from judged j
    where (j.status, j.factor) is distinct from (j.was, j.was_factor)
    on conflict (line_id) do update
    set status = excluded.status, factor = excluded.factor, was = excluded.was,
        version = excluded.version, "on" = excluded."on"
    returning line_id
)
select coalesce(array_agg(line_id), '{}') as lines from told
