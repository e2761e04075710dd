-- The story of one customer: facts, consequences, decisions of staff and corrections, as rows of
-- (day, rank within the day, kind, id). Newest first; what comes after a row is asked for by it.
-- The late fees of a bill are one row a month, on its last.
with fees as (
    select max(e.value_on) as "on", e.bill_id, sum(e.amount) as amount,
           count(*) filter (where e.reverses_id is null and not exists (
               select from billing_entry r where r.reverses_id = e.id)) as days
    from billing_entry e
    where e.customer_id = %(customer)s and e.kind = 'fee'
    group by e.bill_id, date_trunc('month', e.value_on)
    having sum(e.amount) <> 0
),
story as (
    select f.value_on as "on", 50 as rank, 'facts' as part, 'fact' as kind, f.id,
           jsonb_build_object('kind', f.kind, 'number', f.number, 'bill', f.bill_number,
               'line', f.line_id, 'amount', f.amount::text, 'by', f.booked_by_id,
               'reason', f.reason, 'booked_on', f.booked_on, 'at', f.booked_at,
               'outcome', f.outcome, 'due_on', f.due_on, 'reverses', f.reverses_id,
               'undone_by', (select r.id from billing_fact r where r.reverses_id = f.id),
               'undone_on', (select r.booked_on from billing_fact r where r.reverses_id = f.id))
               as data
    from billing_fact f where f.customer_id = %(customer)s
    union all
    select b.issued_on, 10, 'consequences', 'bill', b.id,
           jsonb_build_object('number', b.number, 'line', b.line_id, 'due_on', b.due_on,
               'amount', (b.principal + b.interest)::text, 'origin', b.origin)
    from billing_bill b where b.customer_id = %(customer)s and b.origin <> 'booked'
    union all
    select f."on", 15, 'consequences', 'fees', f.bill_id,
           jsonb_build_object('amount', f.amount::text, 'days', f.days, 'number',
               (select b.number from billing_bill b where b.id = f.bill_id))
    from fees f
    union all
    select e.opened_on, 20, 'consequences', 'episode_opened', e.id,
           jsonb_build_object('line', e.line_id, 'reversed_on', e.reversed_on)
    from risk_episode e where e.customer_id = %(customer)s
    union all
    select e.severe_on, 25, 'consequences', 'episode_severe', e.id,
           jsonb_build_object('line', e.line_id, 'reversed_on', e.reversed_on)
    from risk_episode e where e.customer_id = %(customer)s and e.severe_on is not null
    union all
    select e.cured_on, 65, 'consequences', 'episode_cured', e.id,
           jsonb_build_object('line', e.line_id, 'reversed_on', e.reversed_on)
    from risk_episode e where e.customer_id = %(customer)s and e.cured_on is not null
    union all
    select p."on",
           case when p.cause in ('cured', 'plan_kept', 'income_verified') then 66 else 30 end,
           'consequences', 'point', p.id,
           jsonb_build_object('cause', p.cause, 'threshold', p.threshold, 'points', p.points,
               'booked_on', p.booked_on, 'reversed_on',
               (select r.booked_on from risk_point r where r.reverses_id = p.id))
    from risk_point p where p.customer_id = %(customer)s and p.reverses_id is null
    union all
    select a.opened_on, 35, 'consequences', 'alert_opened', a.id,
           jsonb_build_object('code', a.code, 'points', a.points_lost,
               'reversed_on', a.reversed_on)
    from risk_alert a where a.customer_id = %(customer)s
    union all
    select a.closed_on, 75, 'consequences', 'alert_closed', a.id,
           jsonb_build_object('code', a.code, 'reversed_on', a.reversed_on)
    from risk_alert a where a.customer_id = %(customer)s and a.closed_on is not null
    union all
    select r.from_on, case when r.trigger in ('manual', 'plan_broken') then 56 else 40 end,
           'consequences', 'restricted', r.id,
           jsonb_build_object('line', r.line_id, 'trigger', r.trigger, 'effect', r.effect,
               'factor', r.factor::text, 'code', r.code, 'reversed_on', r.reversed_on)
    from risk_restriction r where r.customer_id = %(customer)s
    union all
    select r.until_on, 80, 'consequences', 'released', r.id,
           jsonb_build_object('line', r.line_id, 'trigger', r.trigger, 'effect', r.effect,
               'code', r.code, 'reversed_on', r.reversed_on)
    from risk_restriction r where r.customer_id = %(customer)s and r.until_on is not null
    union all
    select p.ended_on, 60, 'consequences', 'plan_ended', p.id,
           jsonb_build_object('number', p.number, 'status', p.status, 'line', p.line_id)
    from billing_plan p where p.customer_id = %(customer)s and p.ended_on is not null
    union all
    select d.value_on, 55, 'decisions', 'decision', d.id,
           jsonb_build_object('kind', d.kind, 'number', d.number, 'code', d.code,
               'line', d.line_id, 'bill', d.bill_number, 'until_on', d.until_on,
               'by', d.booked_by_id, 'reason', d.reason, 'booked_on', d.booked_on,
               'at', d.booked_at)
    from risk_decision d where d.customer_id = %(customer)s
    union all
    select c."on", 90, 'corrections', 'correction', max(c.id),
           jsonb_build_object('because_of', c.because_of, 'at', min(c.at),
               'taken_back', count(*) filter (where c.act = 'reversed'),
               'returned', count(*) filter (where c.act = 'returned'))
    from risk_correction c where c.customer_id = %(customer)s
    group by c."on", c.because_of
)
select "on", rank, kind, id, data::text
from story
where (%(part)s = '' or part = %(part)s)
  and (%(before_on)s::date is null
       or ("on", rank, id) < (%(before_on)s::date, %(before_rank)s::int, %(before_id)s::bigint))
order by "on" desc, rank desc, id desc
limit %(limit)s
