-- What partners hear of the restrictions and statuses that were just told (accounts/outbox).
select case k.state when 'open' then 'restriction.opened' else 'restriction.lifted' end,
       r.id || '/' || k.version, r.customer_id,
       jsonb_build_object(
           'restriction', r.id::text, 'line', l.number, 'product', l.product, 'code', r.code,
           'trigger', r.trigger, 'effect', r.effect, 'factor', trim_scale(r.factor)::text,
           'from', r.from_on, 'until', r.until_on, 'taken_back', r.reversed_on is not null),
       now(), case k.state when 'open' then 2 else 1 end
from risk_restrictiontold k
join risk_restriction r on r.id = k.restriction_id
join billing_creditline l on l.id = r.line_id
where k.restriction_id = any(%(told)s::bigint[])
  and (k.state = 'open' or k.was = 'open')
union all
select 'line.status_changed', k.line_id || '/' || k.version, k.customer_id,
       jsonb_build_object(
           'line', l.number, 'product', l.product, 'status', k.status, 'was', k.was,
           'factor', trim_scale(k.factor)::text, 'assigned_limit', s.assigned_limit::text,
           'effective_limit', trunc(s.assigned_limit * k.factor, 2)::text, 'on', k."on"),
       now(), 3
from risk_statustold k
join billing_creditline l on l.id = k.line_id
join billing_linestate s on s.line_id = k.line_id
where k.line_id = any(%(lines)s::bigint[])
