-- RULES, Plans: at an opening, with something outstanding, a plan is broken if the instalments
-- whose grace has passed sum to more than was counted, or if all of them are that old.
with late as (
    select p.id, p.customer_id
    from billing_plan p
    cross join lateral (
        select coalesce(sum(i.amount) filter (where i.due_on + %(grace_days)s < %(day)s), 0) as asked,
               coalesce(bool_and(i.due_on + %(grace_days)s < %(day)s), true) as all_passed
        from billing_planinstalment i where i.fact_id = p.id
    ) i
    where p.status = 'kept' and {scope:p}
      and (i.asked > p.counted or i.all_passed)
      and exists (
          select from billing_openbill o where o.customer_id = p.customer_id and o.plan_id = p.id
      )
),
broken as (
    update billing_plan p set status = 'broken', ended_on = %(day)s
    from late l where p.id = l.id
),
freed as (
    update billing_openbill o set plan_id = null
    from late l where o.customer_id = l.customer_id and o.plan_id = l.id
)
select count(*) as plans from late
