-- RULES of our own, Holds: a hold counts from the opening of its value date, its end from the
-- opening of the day that is no longer held.
with placed as (
    insert into billing_hold (id, customer_id, line_id, number, started_on, until_on, fees,
                              milestones, interest, bill_numbers)
    select f.id, f.customer_id, f.line_id, f.number, f.value_on, least(f.until_on, (
               select r.value_on from billing_fact r
               where r.kind = 'release_hold' and r.number = f.number and r.value_on = %(day)s
           )), 'fees' = any(f.holds), 'milestones' = any(f.holds), 'interest' = any(f.holds),
           f.bill_numbers
    from billing_fact f
    where f.kind = 'hold' and f.value_on = %(day)s and {scope:f}
    on conflict do nothing
    returning id
),
released as (
    update billing_hold h set until_on = %(day)s
    from billing_fact r
    where r.kind = 'release_hold' and r.value_on = %(day)s and {scope:r}
      and h.customer_id = r.customer_id and h.number = r.number and h.started_on <= %(day)s
      and (h.until_on is null or h.until_on > %(day)s)
    returning h.id
)
select (select count(*) from placed) as placed, (select count(*) from released) as released
