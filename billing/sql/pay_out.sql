-- RULES of our own, Paying out a credit balance: at most what is there on the value date.
with paid as (
    select f.id, f.customer_id, f.line_id, least(f.amount, s.credit) as amount
    from billing_fact f join billing_linestate s on s.line_id = f.line_id
    where f.id = any(%(facts)s::bigint[]) and least(f.amount, s.credit) > 0
      and not exists (
          select from billing_entry e
          where e.value_on = %(day)s and e.customer_id = f.customer_id and e.fact_id = f.id
      )
),
booked as (
    insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, component, kind,
                               amount, fact_id)
    select %(day)s, %(day)s, %(booked_on)s, customer_id, line_id, 'credit', 'paid_out', -amount, id
    from paid
),
lowered as (
    update billing_linestate s set credit = s.credit - p.amount
    from paid p where s.line_id = p.line_id
)
select count(*) as payouts, coalesce(sum(amount), 0) as amount from paid
