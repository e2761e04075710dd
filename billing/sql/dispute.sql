-- RULES, Money, Dispute (one a bill): moves an amount of principal out of the bill. One that is
-- upheld moves nothing here: the bill is without it from its first day (open_bills.sql).
with filed as (
    insert into billing_dispute (bill_id, customer_id, fact_id, filed_on, amount, moved)
    select b.id, b.customer_id, f.id, %(day)s, f.amount,
           case when u.upheld then 0 else least(f.amount, coalesce(o.principal, 0)) end
    from billing_fact f
    join billing_bill b on b.number = f.bill_number
    cross join lateral (
        select bool_or(e.kind = 'issued') as issued,
               coalesce(sum(e.amount) filter (where e.kind = 'upheld'), 0) < 0 as upheld
        from billing_entry e
        where e.value_on = b.issued_on and e.customer_id = b.customer_id and e.bill_id = b.id
    ) u
    left join billing_openbill o on o.bill_id = b.id
    where f.id = any(%(facts)s::bigint[]) and b.origin <> 'disputed'
      and b.issued_on <= %(day)s and u.issued
    on conflict do nothing
    returning bill_id, customer_id, fact_id, moved
),
booked as (
    insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, bill_id,
                               component, kind, amount, fact_id)
    select %(day)s, %(day)s, %(booked_on)s, f.customer_id, o.line_id, f.bill_id, 'principal',
           'disputed', -f.moved, f.fact_id
    from filed f join billing_openbill o on o.bill_id = f.bill_id
    where f.moved > 0
),
reduced as (
    update billing_openbill o set principal = o.principal - f.moved
    from filed f
    where o.bill_id = f.bill_id and f.moved > 0
      and o.principal + o.interest + o.fee <> f.moved
)
delete from billing_openbill o using filed f
where o.bill_id = f.bill_id and f.moved > 0 and o.principal + o.interest + o.fee = f.moved
