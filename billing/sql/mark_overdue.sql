-- RULES, The day, 4: a bill is overdue when day > due + grace, it is in no kept plan, and its
-- principal and interest outstanding exceed the tolerance; fees alone are never overdue.
with fallen as (
    update billing_openbill o set overdue_on = %(day)s
    from {terms} t
    where o.overdue_on is null and o.due_on < %(day)s and {scope:o}
      and t.product = o.product and %(day)s > o.due_on + t.grace_days
      and o.plan_id is null and o.principal + o.interest > t.tolerance
    returning o.principal + o.interest as amount
),
risen as (
    update billing_openbill o set overdue_on = null
    from {terms} t
    where o.overdue_on is not null and {scope:o} and t.product = o.product
      and (%(day)s <= o.due_on + t.grace_days or o.plan_id is not null
           or o.principal + o.interest <= t.tolerance)
)
select count(*) as bills, coalesce(sum(amount), 0) as amount from fallen
