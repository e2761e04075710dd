-- RULES, Plans: when nothing of its bills is outstanding a plan is completed.
update billing_plan p set status = 'completed', ended_on = %(day)s
where p.status = 'kept' and {scope:p}
  and not exists (
      select from billing_openbill o where o.customer_id = p.customer_id and o.plan_id = p.id
  )
