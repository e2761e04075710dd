parts as materialized (
    select p.id, p.number, p.customer_id, p.line_id, p.amount, p.last_on, p.threshold,
           p.tolerance, p.made_on, p.after_fact, e.kind as end_kind, e."on" as end_on,
           e.after_fact as end_after, s.status, s.counted, s.decided_on,
           lag(p.last_on, 1, date '-infinity') over w as before_it
    from chosen c
    join billing_promise p on p.number = c.number
    join billing_promisestate s on s.promise_id = p.id
    left join billing_promiseend e on e.number = p.number
    window w as (partition by p.number order by p.last_on, p.n)
),
paid as (
    select p.id, sum(r.amount) as amount
    from parts p
    join billing_fact r on r.customer_id = p.customer_id and r.line_id = p.line_id
     and r.kind = 'repay' and r.value_on >= p.made_on and r.value_on > p.before_it
     and r.value_on <= p.last_on and r.id > p.after_fact
     and (p.end_after is null or r.id <= p.end_after)
    where not exists (
        select from billing_fact v
        where v.reverses_id = r.id and v.booked_on <= greatest(p.last_on, r.booked_on)
    )
    group by p.id
),
running as (
    select p.*, coalesce(m.amount, 0) as got,
           sum(coalesce(m.amount, 0) - p.amount) over (
               partition by p.number order by p.last_on, p.id) as balance
    from parts p left join paid m on m.id = p.id
),
left_over as (
    select r.*, r.balance - least(0, min(r.balance) over (
               partition by r.number order by r.last_on, r.id)) as rest
    from running r
),
weighed as (
    select l.*, l.got + lag(l.rest, 1, 0::numeric) over (
               partition by l.number order by l.last_on, l.id) - l.rest as counts
    from left_over l
),
decided as (
    select w.*, case
               when w.counts >= w.amount - w.tolerance then 'kept'
               when w.end_on <= w.last_on then w.end_kind
               when w.last_on < greatest(%(day)s, w.decided_on) then
                   case when w.counts > 0 and w.counts >= w.threshold * w.amount
                        then 'partly_kept' else 'broken' end
               else 'open' end as becomes
    from weighed w
),
written as (
    update billing_promisestate s
    set status = d.becomes, counted = d.counts,
        decided_on = case when d.becomes = 'open' then null
                          when d.becomes = d.status then d.decided_on
                          when d.becomes = d.end_kind then d.end_on
                          else %(day)s end
    from decided d
    where s.promise_id = d.id and (s.status, s.counted) is distinct from (d.becomes, d.counts)
    returning s.status
)
select count(*) filter (where status = 'kept') as kept,
       count(*) filter (where status = 'partly_kept') as partly_kept,
       count(*) filter (where status = 'broken') as broken
from written
