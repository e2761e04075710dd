-- What the customer was told, and what of it failed (risk/timeline/notices.py).
select (coalesce(n.sent_at, n.queued_at) at time zone %(zone)s)::date, 85, 'notice', n.id,
       jsonb_build_object('kind', n.kind, 'subject', n.subject, 'state', n.state, 'why', n.why,
           'because', n.because, 'at', coalesce(n.sent_at, n.queued_at))
from accounts_notice n where n.customer_id = %(customer)s and n.state <> 'dropped'
