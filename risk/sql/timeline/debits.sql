-- Debit mandates, given and ended, and what was tried under them (risk/timeline/debits.py).
select m.given_on as "on", 52 as rank, 'mandate_given' as kind, m.id,
       jsonb_build_object('line', m.line_id, 'account', m.bank || ' ' || m.account,
           'by', m.given_by_id, 'reason', '', 'at', m.given_at, 'booked_on', m.given_on) as data
from billing_mandate m where m.customer_id = %(customer)s
union all
select e."on", 59, 'mandate_ended', e.id,
       jsonb_build_object('line', m.line_id, 'account', m.bank || ' ' || m.account,
           'by', e.by_id, 'reason', e.reason, 'at', e.at, 'booked_on', e."on")
from billing_mandateend e join billing_mandate m on m.id = e.mandate_id
where m.customer_id = %(customer)s
union all
select a.day, 51, 'debit_tried', a.id,
       jsonb_build_object('line', a.line_id, 'amount', a.amount::text, 'n', a.n,
           'state', a.state)
from billing_debitattempt a where a.customer_id = %(customer)s
