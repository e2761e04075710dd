-- The open appeals by state, and how many are late by law; appeal_open_by_clock.
select a.state, count(*), count(*) filter (where a.legal_due_on < %(first)s::date)
from appeals_appeal a
where a.state in ('submitted', 'in_review', 'waiting_customer', 'negotiating', 'waiting_approval')
group by a.state order by a.state
