update billing_linestate s set assigned_limit = f.amount
from billing_fact f
where f.id = any(%(facts)s::bigint[]) and s.line_id = f.line_id
  and s.assigned_limit <> f.amount
