-- RULES, Money, Refund: reduces the bill's principal; allocate.sql sees to the rest.
with cut as (
    select f.id, o.bill_id, o.customer_id, o.line_id, least(f.amount, o.principal) as amount,
           least(f.amount, o.principal) = o.principal + o.interest + o.fee as settles
    from billing_fact f
    join billing_bill b on b.number = f.bill_number
    join billing_openbill o on o.bill_id = b.id
    where f.id = any(%(facts)s::bigint[]) and least(f.amount, o.principal) > 0
),
booked as (
    insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, bill_id,
                               component, kind, amount, fact_id)
    select %(day)s, %(day)s, %(booked_on)s, customer_id, line_id, bill_id, 'principal',
           'refunded', -amount, id
    from cut
),
reduced as (
    update billing_openbill o set principal = o.principal - c.amount
    from cut c where o.bill_id = c.bill_id and not c.settles
)
delete from billing_openbill o using cut c where o.bill_id = c.bill_id and c.settles
