-- How long the appeals that ended took, by kind (appeals/queries/figures.py); appeal_by_end.
select a.kind, count(*),
       round((percentile_cont(0.5) within group (order by extract(epoch from
           a.first_answer_at - a.received_at)) / 3600)::numeric, 1),
       round((percentile_cont(0.9) within group (order by extract(epoch from
           a.first_answer_at - a.received_at)) / 3600)::numeric, 1),
       round((percentile_cont(0.5) within group (order by extract(epoch from
           a.ended_at - a.received_at)) filter (where a.state = 'decided') / 3600)::numeric, 1),
       round((percentile_cont(0.9) within group (order by extract(epoch from
           a.ended_at - a.received_at)) filter (where a.state = 'decided') / 3600)::numeric, 1),
       count(*) filter (where (a.ended_at at time zone %(zone)s)::date > a.legal_due_on),
       count(*) filter (where a.service_due_at < a.ended_at)
from appeals_appeal a
where a.ended_at >= %(first)s::date::timestamp at time zone %(zone)s
  and a.ended_at < (%(last)s::date + 1)::timestamp at time zone %(zone)s
group by a.kind order by a.kind
