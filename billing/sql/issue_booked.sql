-- A bill that was booked as a fact is issued on its value date; it keeps the fact's id.
insert into billing_bill (id, customer_id, line_id, number, origin, issued_on, booked_on,
                          sequence, due_on, principal, interest)
select f.id, f.customer_id, f.line_id, f.number, 'booked', f.value_on, f.booked_on,
       f.id, f.due_on, f.amount, f.interest
from billing_fact f
where f.id = any(%(facts)s::bigint[])
on conflict do nothing
