-- The steps of a customer's appeals (appeals/timeline.py), without those of daily handling.
select (e.at at time zone %(zone)s)::date as "on", 60 as rank, 'appeal_step' as kind, e.id,
       jsonb_build_object('number', a.number, 'appeal', a.id, 'move', e.move,
           'state', e.to_state, 'result', a.result, 'by', e.by_id, 'why', e.why, 'at', e.at)
           as data
from appeals_appeal a join appeals_appealevent e on e.appeal_id = a.id
where a.customer_id = %(customer)s
  and e.move not in ('assign', 'message', 'evidence', 'alarm', 'resume', 'turn_down')
