-- Conditional waivers: when the plan that a waiver hangs on breaks or is replaced, what was waived
-- is owed again at once. A bill that owed nothing any more is open again.
with ended as (
    select p.number, p.customer_id
    from billing_plan p
    where (p.status = 'broken' or %(replaced)s and p.status = 'replaced')
      and p.ended_on = %(day)s and {scope:p}
),
back as (
    select e.customer_id, e.line_id, e.bill_id, e.fact_id, -e.amount as amount
    from ended p
    join billing_fact f on f.plan_number = p.number and f.customer_id = p.customer_id
    join billing_entry e on e.value_on = f.value_on and e.customer_id = f.customer_id
     and e.fact_id = f.id and e.kind = 'waived' and e.reverses_id is null
    where f.value_on <= %(day)s
      and not exists (select from billing_entry r where r.reverses_id = e.id)
      and not exists (
          select from billing_entry r
          where r.value_on = %(day)s and r.customer_id = f.customer_id and r.fact_id = f.id
            and r.kind = 'returned' and r.reverses_id is null
            and not exists (select from billing_entry v where v.reverses_id = r.id)
      )
),
booked as (
    insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, bill_id,
                               component, kind, amount, fact_id)
    select %(day)s, %(day)s, %(booked_on)s, customer_id, line_id, bill_id, 'fee', 'returned',
           amount, fact_id
    from back
),
by_bill as (
    select bill_id, sum(amount) as amount from back group by bill_id
),
opened as (
    insert into billing_openbill (bill_id, customer_id, line_id, product, due_on, principal,
                                  interest, fee, fees_charged, cap_principal)
    select b.id, b.customer_id, b.line_id, l.product, b.due_on, 0, 0, x.amount,
           coalesce((
               select sum(e.amount) from billing_entry e
               where e.value_on >= b.due_on and e.customer_id = b.customer_id
                 and e.bill_id = b.id and e.kind = 'fee'), 0),
           b.principal + coalesce((
               select sum(e.amount) from billing_entry e
               where e.value_on = b.issued_on and e.customer_id = b.customer_id
                 and e.bill_id = b.id and e.kind = 'upheld'), 0)
    from by_bill x
    join billing_bill b on b.id = x.bill_id
    join billing_creditline l on l.id = b.line_id
    on conflict (bill_id) do update set fee = billing_openbill.fee + excluded.fee
)
select count(*) as waivers, coalesce(sum(amount), 0) as amount from back
