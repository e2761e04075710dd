-- In a shadow run: how a customer stands on %(on)s, as one document; `due` is what is outstanding,
-- by product, on the bills due that day that are in no plan.
select jsonb_build_object(
    'score', (select s.score from risk_score s where {scope:s}),
    'lines', (
        select coalesce(jsonb_agg(row_to_json(x)), '[]'::jsonb) from (
            select l.id, l.product, s.assigned_limit::text, s.credit::text,
                   coalesce(t.status, 'active') as status, coalesce(t.factor, 1)::text as factor,
                   (s.unbilled + coalesce(o.principal, 0))::text as used,
                   coalesce(o.owed, 0)::text as outstanding,
                   coalesce(e.severity, 'none') as severity,
                   case when e.id is null then 0
                        else coalesce(e.frozen_dpd, %(on)s::date - e.oldest_due) end as dpd
            from billing_creditline l
            join billing_linestate s on s.line_id = l.id
            left join risk_linestatus t on t.line_id = l.id
            left join risk_episode e
              on e.line_id = l.id and e.cured_on is null and e.reversed_on is null
            left join lateral (
                select sum(o.principal) as principal,
                       sum(o.principal + o.interest + o.fee) as owed
                from billing_openbill o where o.customer_id = l.customer_id and o.line_id = l.id
            ) o on true
            where {scope:l}
            order by l.product
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
        ) d)
)::text as state
