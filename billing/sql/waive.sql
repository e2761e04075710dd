-- RULES, Money, Waiver: reduces the fees outstanding, never below zero. No amount means all. One
-- that hangs on a plan which was broken or replaced before waives nothing.
with waived as (
    select f.id, o.bill_id, o.customer_id, o.line_id, least(coalesce(f.amount, o.fee), o.fee) as amount,
           least(coalesce(f.amount, o.fee), o.fee) = o.principal + o.interest + o.fee as settles
    from billing_fact f
    join billing_bill b on b.number = f.bill_number
    join billing_openbill o on o.bill_id = b.id
    where f.id = any(%(facts)s::bigint[]) and least(coalesce(f.amount, o.fee), o.fee) > 0
      and (f.plan_number is null or not exists (
          select from billing_plan p
          where p.customer_id = f.customer_id and p.number = f.plan_number
            and p.status in ('broken', 'replaced')
      ))
),
booked as (
    insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, bill_id,
                               component, kind, amount, fact_id)
    select %(day)s, %(day)s, %(booked_on)s, customer_id, line_id, bill_id, 'fee', 'waived',
           -amount, id
    from waived
),
reduced as (
    update billing_openbill o set fee = o.fee - w.amount
    from waived w where o.bill_id = w.bill_id and not w.settles
)
delete from billing_openbill o using waived w where o.bill_id = w.bill_id and w.settles
