-- Episodes, points, alerts and restrictions (risk/timeline/credit.py).
select e.opened_on, 20, 'episode_opened', e.id,
       jsonb_build_object('line', e.line_id, 'reversed_on', e.reversed_on)
from risk_episode e where e.customer_id = %(customer)s
union all
select e.severe_on, 25, 'episode_severe', e.id,
       jsonb_build_object('line', e.line_id, 'reversed_on', e.reversed_on)
from risk_episode e where e.customer_id = %(customer)s and e.severe_on is not null
union all
select e.cured_on, 65, 'episode_cured', e.id,
       jsonb_build_object('line', e.line_id, 'reversed_on', e.reversed_on)
from risk_episode e where e.customer_id = %(customer)s and e.cured_on is not null
union all
select p."on",
       case when p.cause in ('cured', 'plan_kept', 'plan_ended', 'income_verified') then 66 else 30 end,
       'point', p.id,
       jsonb_build_object('cause', p.cause, 'threshold', p.threshold, 'points', p.points,
           'booked_on', p.booked_on, 'reversed_on',
           (select r.booked_on from risk_point r where r.reverses_id = p.id))
from risk_point p where p.customer_id = %(customer)s and p.reverses_id is null
union all
select a.opened_on, 35, 'alert_opened', a.id,
       jsonb_build_object('code', a.code, 'points', a.points_lost,
           'reversed_on', a.reversed_on)
from risk_alert a where a.customer_id = %(customer)s
union all
select a.closed_on, 75, 'alert_closed', a.id,
       jsonb_build_object('code', a.code, 'reversed_on', a.reversed_on)
from risk_alert a where a.customer_id = %(customer)s and a.closed_on is not null
union all
select r.from_on, case when r.trigger in ('manual', 'plan_broken') then 56 else 40 end,
       'restricted', r.id,
       jsonb_build_object('line', r.line_id, 'trigger', r.trigger, 'effect', r.effect,
           'factor', r.factor::text, 'code', r.code, 'reversed_on', r.reversed_on)
from risk_restriction r where r.customer_id = %(customer)s
union all
select r.until_on, 80, 'released', r.id,
       jsonb_build_object('line', r.line_id, 'trigger', r.trigger, 'effect', r.effect,
           'code', r.code, 'reversed_on', r.reversed_on)
from risk_restriction r where r.customer_id = %(customer)s and r.until_on is not null
