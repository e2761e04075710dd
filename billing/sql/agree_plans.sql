-- RULES, Plans: covers the bills of the line that are issued and owe something; a plan that
-- already covers one of them is replaced whole.
with covered as (
    select f.id as plan_id, f.customer_id, f.line_id, o.bill_id, o.plan_id as old_id
    from billing_fact f
    join billing_openbill o on o.customer_id = f.customer_id and o.line_id = f.line_id
    join billing_bill b on b.id = o.bill_id and b.number = any(f.bill_numbers)
    where f.id = any(%(facts)s::bigint[])
),
agreed as (
    insert into billing_plan (id, customer_id, line_id, number, started_on, status)
    select f.id, f.customer_id, f.line_id, coalesce(f.number, f.id::text), %(day)s, 'kept'
    from billing_fact f
    where f.id in (select plan_id from covered)
    on conflict do nothing
),
replaced as (
    update billing_plan p set status = 'replaced', ended_on = %(day)s
    where p.id in (select old_id from covered)
),
listed as (
    insert into billing_planbill (plan_id, bill_id, customer_id)
    select plan_id, bill_id, customer_id from covered
    on conflict do nothing
)
update billing_openbill o
set plan_id = (select c.plan_id from covered c where c.bill_id = o.bill_id),
    overdue_on = case when o.bill_id in (select bill_id from covered) then null
                      else o.overdue_on end
where o.customer_id in (select customer_id from covered)
  and (o.bill_id in (select bill_id from covered)
       or o.plan_id in (select old_id from covered))
