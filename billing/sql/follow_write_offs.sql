-- RULES of our own, Write-off and recovery: what moves on a bill that is off the books moves nothing
-- on them. Money that comes in is a recovery; what is refunded, waived or disputed makes the loss
-- smaller, a waiver that is taken back makes it larger.
with moved as (
    select w.bill_id, w.customer_id, w.line_id, w.owed as before,
           coalesce(o.principal + o.interest + o.fee, 0) as after
    from billing_writeoff w left join billing_openbill o on o.bill_id = w.bill_id
    where {scope:w} and w.owed <> coalesce(o.principal + o.interest + o.fee, 0)
),
booked as (
    insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, bill_id,
                               component, kind, amount, fact_id)
    select %(day)s, %(day)s, %(booked_on)s, m.customer_id, m.line_id, m.bill_id, 'books',
           case when f.kind = 'repay' then 'recovered' else 'write_off' end, m.before - m.after,
           f.id
    from moved m
    left join billing_fact f
      on f.customer_id = m.customer_id and f.id = any(%(facts)s::bigint[])
)
update billing_writeoff w set owed = m.after from moved m where w.bill_id = m.bill_id
