-- Raise each alarm of the legal clock once: 10, 5, 1 days left as the rules say, and -1 when it is
-- overrun (appeals/operations/clocks.py). Through appeal_open_by_clock.
with due as (
    select a.id, a.legal_due_on - %(today)s::date as days_left,
           case when a.legal_due_on < %(today)s::date then -1
                else (select min(x) from unnest(%(alarms)s::int[]) x
                      where a.legal_due_on - %(today)s::date <= x) end as alarm
    from appeals_appeal a
    where a.state in ('submitted', 'in_review', 'waiting_customer', 'negotiating',
                      'waiting_approval')
      and a.legal_due_on <= %(today)s::date
                            + (select max(x) from unnest(%(alarms)s::int[]) x)
    order by a.id
    for no key update of a
), alarmed as (
    update appeals_appeal a
    set alarmed_left = due.alarm, version = a.version + 1
    from due
    where a.id = due.id and due.alarm is not null
      and (a.alarmed_left is null or a.alarmed_left > due.alarm)
    returning a.id, a.number, a.kind, a.customer_id, a.assigned_to_id, a.legal_due_on, a.state,
              a.version, due.days_left as "left", due.alarm
), logged as (
    insert into appeals_appealevent (appeal_id, version, move, from_state, to_state, who, at, why)
    select id, version, case when alarm < 0 then 'overrun' else 'alarm' end, state, state,
           'system', %(at)s, "left"::text
    from alarmed
)
select id, number, kind, customer_id, assigned_to_id, legal_due_on, "left" from alarmed order by id
