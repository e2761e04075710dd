-- RULES, Money, A drawn loan: equal principal parts rounded down, the last takes the remainder;
-- interest on the principal outstanding before each instalment, by the day.
with parts as (
    select f.*, n, trunc(f.amount / f.instalments, 2) as part,
           (f.value_on + make_interval(months => n))::date as due,
           case when n = 1 then f.value_on
                else (f.value_on + make_interval(months => n - 1))::date end as previous
    from billing_fact f cross join lateral generate_series(1, f.instalments) n
    where f.id = any(%(facts)s::bigint[])
),
taken as (
    insert into billing_charge (fact_id, n, customer_id, line_id, number, value_on, booked_on,
                                due_on, principal, interest)
    select id, n, customer_id, line_id, coalesce(number, id::text) || '/' || n, value_on,
           booked_on, due,
           case when n = instalments then amount - part * (n - 1) else part end,
           round((amount - part * (n - 1)) * %(interest_rate)s::numeric * (due - previous), 2)
    from parts
    on conflict do nothing
    returning line_id, principal
)
update billing_linestate s set unbilled = s.unbilled + t.principal
from (select line_id, sum(principal) as principal from taken group by line_id) t
where s.line_id = t.line_id
