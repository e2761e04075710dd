-- One notice a customer of what was just restricted, one of what was just lifted.
select k.customer_id,
       case k.state when 'open' then 'restriction_opened' else 'restriction_lifted' end,
       (array_agg(k.restriction_id || '/' || k.version order by k.restriction_id))[1],
       case k.state when 'open' then 'restrictions' else '' end, %(day)s::date,
       jsonb_build_object('restrictions', jsonb_agg(k.restriction_id order by k.restriction_id)),
       null::bigint
from risk_restrictiontold k
where k.restriction_id = any(%(told)s::bigint[]) and k.state in ('open', 'lifted')
group by k.customer_id, k.state
