-- What staff asked to have approved, and the answer (risk/timeline/requests.py).
select (r.requested_at at time zone %(zone)s)::date as "on", 54 as rank,
       'act_requested' as kind, r.id,
       jsonb_build_object('act', r.act, 'amount', r.amount::text, 'words', r.words,
           'by', r.requested_by_id, 'at', r.requested_at) as data
from accounts_actrequest r where r.customer_id = %(customer)s
union all
select (r.decided_at at time zone %(zone)s)::date, 57, 'act_decided', r.id,
       jsonb_build_object('act', r.act, 'amount', r.amount::text, 'words', r.decision_words,
           'status', r.status, 'decided_by', r.decided_by_id, 'at', r.decided_at)
from accounts_actrequest r
where r.customer_id = %(customer)s and r.decided_at is not null
