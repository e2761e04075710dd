-- In a shadow run: how a customer stands on %(on)s, as one document; `due` is what is outstanding,
-- by product, on the bills due that day that are in no plan; `written_off` what is still owed of
-- bills that are off the books.
select jsonb_build_object(
    'score', (select s.score from risk_score s where {scope:s}),
    'lines', (
        select coalesce(jsonb_agg(row_to_json(x)), '[]'::jsonb) from (
{include:standing_lines}
        ) x),
    'restrictions', (
        select coalesce(jsonb_agg(jsonb_build_array(l.product, r.trigger, r.code)
                                  order by l.product, r.code, r.trigger), '[]'::jsonb)
        from risk_restriction r join billing_creditline l on l.id = r.line_id
        where {scope:r} and r.until_on is null and r.reversed_on is null),
    'plans', (
        select coalesce(jsonb_object_agg(p.number, p.status), '{}'::jsonb)
        from billing_plan p where {scope:p}),
    'due', (
        select coalesce(jsonb_object_agg(d.product, d.owed), '{}'::jsonb) from (
            select o.product, sum(o.principal + o.interest + o.fee)::text as owed
            from billing_openbill o
            where {scope:o} and o.due_on = %(on)s and o.plan_id is null
            group by o.product
        ) d),
    'written_off', (
        select coalesce(jsonb_object_agg(x.product, x.owed), '{}'::jsonb) from (
            select l.product, sum(w.owed)::text as owed
            from billing_writeoff w join billing_creditline l on l.id = w.line_id
            where {scope:w}
            group by l.product
        ) x)
)::text as state
