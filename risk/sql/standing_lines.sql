-- Each line as it stands on %(on)s; amounts as text, so that JSON keeps their cents.
select l.customer_id, l.id, l.product, l.number, s.assigned_limit::text, s.credit::text,
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
    select sum(o.principal) as principal, sum(o.principal + o.interest + o.fee) as owed
    from billing_openbill o where o.customer_id = l.customer_id and o.line_id = l.id
) o on true
where {scope:l}
order by l.product
