-- RULES, Money, A drawn loan: its instalments wait to be billed.
with loans as (
    select f.id, f.customer_id, f.line_id, f.number, f.value_on, f.booked_on, f.amount,
           f.instalments, %(interest_rate)s::numeric as rate, 0::numeric as forward
    from billing_fact f
    where f.id = any(%(facts)s::bigint[])
),
{include:_schedule},
taken as (
    insert into billing_charge (fact_id, n, customer_id, line_id, number, value_on, booked_on,
                                due_on, principal, interest, rate)
    select id, n, customer_id, line_id, number, value_on, booked_on, due, principal, interest, rate
    from parts
    on conflict do nothing
    returning line_id, principal
)
update billing_linestate s set unbilled = s.unbilled + t.principal
from (select line_id, sum(principal) as principal from taken group by line_id) t
where s.line_id = t.line_id
