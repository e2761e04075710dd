-- Decided causes by the ground of the decision, and how many were granted.
select c.ground, count(*), count(*) filter (where c.result = 'granted')
from appeals_appeal a join appeals_contestedcause c on c.appeal_id = a.id
where a.state = 'decided' and c.result is not null
  and a.ended_at >= %(first)s::date::timestamp at time zone %(zone)s
  and a.ended_at < (%(last)s::date + 1)::timestamp at time zone %(zone)s
group by c.ground order by count(*) desc, c.ground
