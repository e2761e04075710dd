-- RULES, Plans: one that staff end, or the customer, is over at once; from the next opening its
-- bills are overdue again, with their original due dates. One that does not run changes nothing.
with over as (
    update billing_plan p set status = 'ended', ended_on = %(day)s
    from billing_fact f
    where f.id = any(%(facts)s::bigint[]) and p.customer_id = f.customer_id
      and p.line_id = f.line_id and p.number = f.number and p.status = 'kept'
    returning p.id, p.customer_id
),
freed as (
    update billing_openbill o set plan_id = null
    from over x where o.customer_id = x.customer_id and o.plan_id = x.id
)
select count(*) as plans from over
