-- Contested restrictions by the rule that set them, and how many appeals were granted.
select case when c.code like 'manual:%%' then 'manual' else c.code end as rule, count(*),
       count(*) filter (where c.result = 'granted')
from appeals_appeal a join appeals_contestedcause c on c.appeal_id = a.id
where a.state = 'decided' and c.result is not null and c.subject_kind = 'restriction'
  and a.ended_at >= %(first)s::date::timestamp at time zone %(zone)s
  and a.ended_at < (%(last)s::date + 1)::timestamp at time zone %(zone)s
group by rule order by count(*) filter (where c.result = 'granted')::numeric / count(*) desc, rule
