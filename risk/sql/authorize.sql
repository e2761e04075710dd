-- What may be used of a line now, and what restricts it. The caller holds the customer's row.
-- RULES, Money: available = effective limit - used; open authorisations are held from it.
select t.status, coalesce(s.assigned_limit, 0) as assigned_limit, coalesce(t.factor, 1) as factor,
       s.unbilled + coalesce((
           select sum(o.principal) from billing_openbill o
           where o.customer_id = s.customer_id and o.line_id = s.line_id), 0) as used,
       coalesce((
           select sum(a.amount) from risk_authorization a
           where a.line_id = s.line_id and a.status = 'approved' and a.expires_at > %(at)s), 0
       ) as held,
       array(
           select distinct r.trigger from risk_restriction r
           where r.customer_id = s.customer_id and r.line_id = s.line_id
             and r.until_on is null and r.reversed_on is null
           order by r.trigger
       )::text[] as triggers,
       array(
           select m.kind from accounts_mark m
           where m.customer_id = s.customer_id and m.kind = any(%(closing)s)
             and m.from_on <= %(on)s and (m.until_on is null or m.until_on > %(on)s)
           order by m.kind
       )::text[] as marks
from billing_linestate s left join risk_linestatus t on t.line_id = s.line_id
where {scope:s} and s.line_id = %(line)s
