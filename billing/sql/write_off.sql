-- RULES of our own, Write-off and recovery: what is outstanding of the line's issued bills leaves
-- the books; what is owed stays as it is. A bill is written off once.
with taken as (
    insert into billing_writeoff (bill_id, customer_id, line_id, fact_id, written_on, amount, owed)
    select o.bill_id, o.customer_id, o.line_id, f.id, %(day)s, o.principal + o.interest + o.fee,
           o.principal + o.interest + o.fee
    from billing_fact f
    join billing_openbill o on o.customer_id = f.customer_id and o.line_id = f.line_id
    where f.id = any(%(facts)s::bigint[])
      and not exists (
          select from billing_writeoff w where w.customer_id = f.customer_id and w.fact_id = f.id
      )
    on conflict do nothing
    returning bill_id, customer_id, line_id, fact_id, amount
),
booked as (
    insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, bill_id,
                               component, kind, amount, fact_id)
    select %(day)s, %(day)s, %(booked_on)s, customer_id, line_id, bill_id, 'books', 'write_off',
           -amount, fact_id
    from taken
)
select count(*) as bills, coalesce(sum(amount), 0) as amount from taken
