-- Repayments that arrive on the day to be opened: four in a thousand customers, out of
-- those who are past due, pay what they owe to the cent, the fee of that day included.
insert into billing_fact (customer_id, line_id, kind, number, booked_on, value_on, amount)
select o.customer_id, o.line_id, 'repay', 'N' || o.line_id, %(day)s, %(day)s,
       sum(o.principal + o.interest + o.fee + case when o.due_on < %(day)s
           then round(o.principal * case o.product when 'pay_later' then %(pl_fee_rate)s::numeric
                                                   else %(cl_fee_rate)s::numeric end, 2)
           else 0 end)
from billing_openbill o
where o.customer_id in (
    select e.customer_id from risk_episode e
    where e.cured_on is null and e.opened_on < %(day)s
    order by hashint8extended(e.customer_id, 12)
    limit %(cures)s
)
group by o.customer_id, o.line_id
order by o.customer_id;
