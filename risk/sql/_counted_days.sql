on_hold as materialized (
    select h.customer_id, h.line_id, h.started_on, h.until_on, h.bill_numbers
    from billing_hold h
    where h.milestones and h.started_on <= %(day)s and {scope:h}
),
held as materialized (
    select o.line_id, o.customer_id, o.due_on, o.principal + o.interest as amount,
           coalesce(x.days @> %(day)s::date, false) as today,
           coalesce((select sum(upper(d) - lower(d)) from unnest(x.days) d), 0)::int as days
    from (select distinct customer_id, line_id from on_hold) l
    join billing_openbill o on o.customer_id = l.customer_id and o.line_id = l.line_id
     and o.overdue_on is not null
    join billing_bill b on b.id = o.bill_id
    cross join lateral (
        select range_agg(daterange(
                   greatest(h.started_on, o.due_on + 1),
                   least(coalesce(h.until_on, %(day)s::date + 1), %(day)s::date + 1))) as days
        from on_hold h
        where h.line_id = o.line_id and (h.bill_numbers is null or b.number = any(h.bill_numbers))
          and (h.until_on is null or h.until_on > greatest(h.started_on, o.due_on + 1))
    ) x
),
counting as materialized (
    select line_id, customer_id, min(due_on + days) filter (where not today) as due_on,
           sum(amount) filter (where not today) as amount
    from held
    group by line_id, customer_id
)
