-- RULES, Money, Allocation: oldest due date first, then issue date, then booking order; within
-- a bill fees, then interest, then principal; the rest becomes the line's credit balance.
with money as (
    select f.id, f.customer_id, f.line_id, f.amount + coalesce((
        select sum(case when e.component = 'credit' then -e.amount else e.amount end)
        from billing_entry e
        where e.value_on = %(day)s and e.customer_id = f.customer_id and e.fact_id = f.id
          and e.component <> 'books'
    ), 0) as amount
    from billing_fact f
    where f.id = any(%(facts)s::bigint[])
      and (f.kind = 'repay' or exists (
          select from billing_bill b
          join billing_entry e on e.value_on = b.issued_on and e.customer_id = b.customer_id
            and e.bill_id = b.id and e.kind = 'issued'
          where b.number = f.bill_number and b.issued_on <= %(day)s
      ))
),
owed as (
    select m.id as fact_id, m.amount, o.bill_id, o.customer_id, o.line_id, x.component, x.owed,
           coalesce(sum(x.owed) over (
               partition by m.id
               order by o.due_on, b.issued_on, b.booked_on,
                        b.origin in ('booked', 'disputed', 'settled'), b.sequence, b.id, x.turn
               rows between unbounded preceding and 1 preceding), 0) as before
    from money m
    join billing_openbill o on o.customer_id = m.customer_id and o.line_id = m.line_id
    join billing_bill b on b.id = o.bill_id
    cross join lateral (values
        (1, 'fee', o.fee), (2, 'interest', o.interest), (3, 'principal', o.principal)
    ) x(turn, component, owed)
    where m.amount > 0 and x.owed > 0
),
paid as (
    select fact_id, bill_id, customer_id, line_id, component, least(owed, amount - before) as part
    from owed where before < amount
),
booked as (
    insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, bill_id,
                               component, kind, amount, fact_id)
    select %(day)s, %(day)s, %(booked_on)s, customer_id, line_id, bill_id, component, 'repaid',
           -part, fact_id
    from paid
),
by_fact as (
    select fact_id, sum(part) as part from paid group by fact_id
),
by_bill as (
    select bill_id,
           coalesce(sum(part) filter (where component = 'fee'), 0) as fee,
           coalesce(sum(part) filter (where component = 'interest'), 0) as interest,
           coalesce(sum(part) filter (where component = 'principal'), 0) as principal,
           sum(part) as total
    from paid group by bill_id
),
reduced as (
    update billing_openbill o
    set fee = o.fee - p.fee, interest = o.interest - p.interest,
        principal = o.principal - p.principal
    from by_bill p
    where o.bill_id = p.bill_id and o.fee + o.interest + o.principal <> p.total
),
settled as (
    delete from billing_openbill o using by_bill p
    where o.bill_id = p.bill_id and o.fee + o.interest + o.principal = p.total
),
rest as (
    select m.id, m.customer_id, m.line_id, m.amount - coalesce(p.part, 0) as amount
    from money m left join by_fact p on p.fact_id = m.id
),
rest_entries as (
    insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, component, kind,
                               amount, fact_id)
    select %(day)s, %(day)s, %(booked_on)s, customer_id, line_id, 'credit', 'repaid', amount, id
    from rest where amount > 0
),
rest_credit as (
    update billing_linestate s set credit = s.credit + r.amount
    from rest r where s.line_id = r.line_id and r.amount > 0
)
select count(*) as repayments, coalesce(sum(amount), 0) as amount from money
