-- RULES, Money, Dispute: decided for the lender, what was moved becomes a new bill, due 10 days
-- after the decision.
with decided as (
    update billing_dispute d set outcome = f.outcome, decided_on = %(day)s
    from billing_fact f join billing_bill b on b.number = f.bill_number
    where f.id = any(%(facts)s::bigint[]) and d.bill_id = b.id and d.decided_on is null
    returning f.id, f.booked_on, b.customer_id, b.line_id, b.number, d.moved, d.outcome
)
insert into billing_bill (id, customer_id, line_id, number, origin, issued_on, booked_on, sequence,
                          due_on, principal, interest)
select id, customer_id, line_id, number || '/disputed', 'disputed', %(day)s, booked_on, id,
       %(day)s::date + 10, moved, 0
from decided
where outcome = 'lender' and moved > 0
on conflict do nothing
