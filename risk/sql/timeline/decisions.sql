-- The decisions of staff (risk/timeline/facts.py).
select d.value_on, 55, 'decision', d.id,
       jsonb_build_object('kind', d.kind, 'number', d.number, 'code', d.code,
           'line', d.line_id, 'bill', d.bill_number, 'until_on', d.until_on,
           'by', d.booked_by_id, 'reason', d.reason, 'booked_on', d.booked_on,
           'at', d.booked_at)
from risk_decision d where d.customer_id = %(customer)s
