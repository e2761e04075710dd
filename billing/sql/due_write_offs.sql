-- RULES of our own, Write-off and recovery: the lines whose oldest overdue bill that is on the books
-- and under no hold today has reached the days past due of the terms. A bill in a kept plan is not
-- overdue.
with due as (
    select o.customer_id, o.line_id
    from billing_openbill o
    join billing_bill b on b.id = o.bill_id
    where o.overdue_on is not null and {scope:o}
      and o.due_on <= %(day)s::date - case o.product when 'pay_later' then %(pay_later)s::int
                                                     else %(cash_loan)s::int end
      and not exists (select from billing_writeoff w where w.bill_id = o.bill_id)
      and not exists (
          select from billing_hold h
          where h.customer_id = o.customer_id and h.line_id = o.line_id
            and h.started_on <= %(day)s and (h.until_on is null or h.until_on > %(day)s)
            and (h.bill_numbers is null or b.number = any(h.bill_numbers))
      )
    group by o.customer_id, o.line_id
),
booked as (
    insert into billing_fact (customer_id, line_id, kind, booked_on, value_on)
    select customer_id, line_id, 'write_off', %(booked_on)s, %(day)s from due
    returning id
)
select count(*) as lines from booked
