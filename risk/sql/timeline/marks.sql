-- Marks on the customer, set and ended (risk/timeline/marks.py).
select m.from_on as "on", 53 as rank, 'mark_set' as kind, m.id,
       jsonb_build_object('mark', m.kind, 'until_on', m.until_on, 'by', m.set_by_id,
           'reason', m.reason, 'at', m.set_at,
           'booked_on', (m.set_at at time zone %(zone)s)::date) as data
from accounts_mark m where m.customer_id = %(customer)s
union all
select m.until_on, 58, 'mark_ended', m.id,
       jsonb_build_object('mark', m.kind, 'by', m.ended_by_id, 'reason', m.ended_reason,
           'at', coalesce(m.ended_at, m.set_at), 'in_error', m.until_on = m.from_on,
           'booked_on', (coalesce(m.ended_at, m.set_at) at time zone %(zone)s)::date)
from accounts_mark m where m.customer_id = %(customer)s and m.until_on is not null
