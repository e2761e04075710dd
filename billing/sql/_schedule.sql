-- RULES, Money, A drawn loan: the instalments of `loans` (a draw's id, customer_id, line_id, number,
-- value_on, booked_on, amount, instalments; its rate; `forward`: the principal of it that early
-- settlements have brought forward, from the last instalments first). Equal principal parts rounded
-- down, the last takes the remainder; interest on the principal outstanding before each
-- instalment, by the day. `ahead` is what is outstanding before it and not brought forward.
parts as (
    select x.id, x.customer_id, x.line_id, x.value_on, x.booked_on, x.rate, x.n, x.due,
           coalesce(x.number, x.id::text) || '/' || x.n as number,
           x.ahead, x.ahead = 0 and x.forward > 0 as gone, least(x.ahead, x.part) as principal,
           round(x.ahead * x.rate * (x.due - x.previous), 2) as interest
    from (
        select l.*, n, y.part, greatest(y.before - l.forward, 0) as ahead,
               (l.value_on + make_interval(months => n))::date as due,
               (l.value_on + make_interval(months => n - 1))::date as previous
        from loans l
        cross join lateral generate_series(1, l.instalments) n
        cross join lateral (
            select l.amount - trunc(l.amount / l.instalments, 2) * (n - 1) as before,
                   case when n = l.instalments
                        then l.amount - trunc(l.amount / l.instalments, 2) * (n - 1)
                        else trunc(l.amount / l.instalments, 2) end as part
        ) y
    ) x
)
