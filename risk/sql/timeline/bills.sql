-- Bills that the book issued, their late fees (one row a month, on its last) and the plans that
-- ended (risk/timeline/bills.py).
with fees as (
    select max(e.value_on) as "on", e.bill_id, sum(e.amount) as amount,
           count(*) filter (where e.reverses_id is null and not exists (
               select from billing_entry r where r.reverses_id = e.id)) as days
    from billing_entry e
    where e.customer_id = %(customer)s and e.kind = 'fee'
    group by e.bill_id, date_trunc('month', e.value_on)
    having sum(e.amount) <> 0
)
select b.issued_on, 10, 'bill', b.id,
       jsonb_build_object('number', b.number, 'line', b.line_id, 'due_on', b.due_on,
           'amount', (b.principal + b.interest)::text, 'origin', b.origin)
from billing_bill b where b.customer_id = %(customer)s and b.origin <> 'booked'
  and b.issued_on > date '0001-01-01'
union all
select f."on", 15, 'fees', f.bill_id,
       jsonb_build_object('amount', f.amount::text, 'days', f.days, 'number',
           (select b.number from billing_bill b where b.id = f.bill_id))
from fees f
union all
select p.ended_on, 60, 'plan_ended', p.id,
       jsonb_build_object('number', p.number, 'status', p.status, 'line', p.line_id)
from billing_plan p where p.customer_id = %(customer)s and p.ended_on is not null
