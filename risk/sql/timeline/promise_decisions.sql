-- What became of each part of a promise to pay (risk/timeline/promises.py).
select s.decided_on, 62, 'promise_decided', s.promise_id,
       jsonb_build_object('line', s.line_id, 'status', s.status, 'amount', p.amount::text,
           'counted', s.counted::text, 'due_on', p.due_on)
from billing_promisestate s join billing_promise p on p.id = s.promise_id
where s.customer_id = %(customer)s and s.status in ('kept', 'partly_kept', 'broken')
