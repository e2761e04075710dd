-- RULES, Plans: repayments to the line that come after the plan count towards it in full, so do
-- a refund on a covered bill and what a dispute moves out of one, also if it is upheld later.
update billing_plan p set counted = p.counted + x.amount
from (
    select p.id, f.amount as amount
    from billing_fact f join billing_plan p on p.line_id = f.line_id and p.status = 'kept'
    where f.id = any(%(facts)s::bigint[]) and f.kind = 'repay'
    union all
    select p.id, case when f.kind = 'refund' then f.amount
                      when d.moved > 0 then d.moved
                      else coalesce((
                          select -sum(e.amount) from billing_entry e
                          where e.value_on = b.issued_on and e.customer_id = b.customer_id
                            and e.bill_id = b.id and e.kind = 'upheld'), 0) end
    from billing_fact f
    join billing_bill b on b.number = f.bill_number
    join billing_planbill c on c.bill_id = b.id
    join billing_plan p on p.id = c.plan_id and p.status = 'kept'
    left join billing_dispute d on d.bill_id = b.id and d.fact_id = f.id
    where f.id = any(%(facts)s::bigint[])
      and (f.kind = 'refund' or f.kind = 'dispute' and d.bill_id is not null)
) x
where p.id = x.id and x.amount > 0
