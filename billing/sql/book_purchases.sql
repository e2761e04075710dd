-- A purchase waits for its statement.
with taken as (
    insert into billing_charge (fact_id, n, customer_id, line_id, number, value_on, booked_on,
                                principal, interest)
    select f.id, 0, f.customer_id, f.line_id, coalesce(f.number, f.id::text), f.value_on,
           f.booked_on, f.amount, 0
    from billing_fact f
    where f.id = any(%(facts)s::bigint[])
    on conflict do nothing
    returning line_id, principal
)
update billing_linestate s set unbilled = s.unbilled + t.principal
from (select line_id, sum(principal) as principal from taken group by line_id) t
where s.line_id = t.line_id
