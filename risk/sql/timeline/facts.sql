-- The facts of a customer (risk/timeline/facts.py).
select f.value_on as "on", 50 as rank, 'fact' as kind, f.id,
       jsonb_build_object('kind', f.kind, 'number', f.number, 'bill', f.bill_number,
           'line', f.line_id, 'amount', f.amount::text, 'by', f.booked_by_id,
           'reason', f.reason, 'booked_on', f.booked_on, 'at', f.booked_at,
           'holds', f.holds, 'bills', f.bill_numbers, 'until_on', f.until_on,
           'plan', f.plan_number, 'due_day', f.due_day, 'draw', f.draw_number,
           'outcome', f.outcome, 'due_on', f.due_on, 'reverses', f.reverses_id,
           'undone_by', (select r.id from billing_fact r where r.reverses_id = f.id),
           'undone_on', (select r.booked_on from billing_fact r where r.reverses_id = f.id))
           as data
from billing_fact f where f.customer_id = %(customer)s
