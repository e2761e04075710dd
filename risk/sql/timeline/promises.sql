-- Promises to pay: made and taken back (risk/timeline/promises.py).
select p.made_on as "on", 52 as rank, 'promised' as kind, min(p.id) as id,
       jsonb_build_object('line', p.line_id, 'amount', sum(p.amount)::text, 'parts', count(*),
           'due_on', max(p.due_on), 'by', min(p.booked_by_id), 'reason', min(p.reason),
           'at', min(p.booked_at), 'booked_on', p.made_on) as data
from billing_promise p where p.customer_id = %(customer)s
group by p.number, p.line_id, p.made_on
union all
select e."on", 59, 'promise_ended', e.id,
       jsonb_build_object('kind', e.kind, 'by', e.booked_by_id, 'reason', e.reason,
           'at', e.booked_at, 'booked_on', e."on")
from billing_promiseend e where e.customer_id = %(customer)s
