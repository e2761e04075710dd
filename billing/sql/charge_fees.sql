-- RULES, The day, 5: each overdue bill is charged one fee a day on its principal outstanding,
-- rounded half up, never beyond the cap. At the opening of due + grace + 1 the grace days of a
-- bill then overdue are charged too, one fee dated each day. No fee is dated on a day on which a
-- hold covers the bill, and none on a bill that was written off.
with held as materialized (
    select o.bill_id, h.started_on, h.until_on
    from billing_hold h
    join billing_openbill o on o.customer_id = h.customer_id and o.line_id = h.line_id
    join billing_bill b on b.id = o.bill_id
    where h.fees and (h.until_on is null or h.until_on > %(day)s::date - %(longest_grace)s)
      and {scope:h} and (h.bill_numbers is null or b.number = any(h.bill_numbers))
),
priced as (
    select o.bill_id, o.customer_id, o.line_id, round(o.principal * t.late_fee_daily_rate, 2) as fee,
           trunc(o.cap_principal * t.late_fee_cap_rate, 2) - o.fees_charged as room,
           case when %(day)s = o.due_on + t.grace_days + 1 then t.grace_days else 0 end as grace
    from billing_openbill o
    join {terms} t on t.product = o.product
    where o.overdue_on is not null and {scope:o}
      and not exists (select from billing_writeoff w where w.bill_id = o.bill_id)
),
grace_days as (
    select p.*, %(day)s::date - n as for_on,
           row_number() over (partition by p.bill_id order by n desc) - 1 as fees_before
    from priced p join generate_series(1, %(longest_grace)s) n on n <= p.grace
    where not exists (
        select from billing_planbill c join billing_plan x on x.id = c.plan_id
        where c.bill_id = p.bill_id and %(day)s::date - n >= x.started_on
          and %(day)s::date - n < x.ended_on
    )
      and not exists (
        select from held h
        where h.bill_id = p.bill_id and %(day)s::date - n >= h.started_on
          and (h.until_on is null or %(day)s::date - n < h.until_on)
    )
),
fees as (
    select p.bill_id, p.customer_id, p.line_id, %(day)s::date as for_on,
           least(p.fee, p.room - case when p.grace = 0 then 0 else p.fee * (
               select count(*) from grace_days g where g.bill_id = p.bill_id) end) as amount
    from priced p
    where not exists (
        select from held h
        where h.bill_id = p.bill_id and %(day)s >= h.started_on
          and (h.until_on is null or %(day)s < h.until_on)
    )
    union all
    select g.bill_id, g.customer_id, g.line_id, g.for_on,
           least(g.fee, g.room - g.fee * g.fees_before)
    from grace_days g
),
charged as (
    insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, bill_id,
                               component, kind, amount)
    select %(day)s, for_on, %(booked_on)s, customer_id, line_id, bill_id, 'fee', 'fee', amount
    from fees f
    where amount > 0 and not exists (
        select from billing_entry e
        where e.for_on = f.for_on and e.bill_id = f.bill_id and e.version = 0
          and e.kind = 'fee' and e.reverses_id is null
    )
    returning bill_id, amount
),
by_bill as (
    select bill_id, count(*) as fees, sum(amount) as amount from charged group by bill_id
),
owed as (
    update billing_openbill o
    set fee = o.fee + c.amount, fees_charged = o.fees_charged + c.amount
    from by_bill c where o.bill_id = c.bill_id
)
select coalesce(sum(fees), 0) as fees, coalesce(sum(amount), 0) as amount from by_bill
