-- Lines of a channel's mandates with something owed on a bill due today, for which this time of the
-- day was not tried yet: in order, a chunk at a time. Nobody whose mark forbids it, no line that
-- waits for an answer. Bills in a kept plan are paid by the plan.
select m.id as mandate_id, m.line_id
from billing_mandate m
join billing_bill b on b.due_on = %(day)s and b.customer_id = m.customer_id
 and b.line_id = m.line_id
join billing_openbill o on o.bill_id = b.id and o.plan_id is null
where m.channel_id = %(channel)s and m.line_id > %(after)s
  and not exists (select from billing_mandateend e where e.mandate_id = m.id)
  and not exists (
      select from billing_debitattempt a
      where a.line_id = m.line_id and (a.state = 'asked' or a.day = %(day)s and a.n >= %(n)s))
  and not exists (
      select from accounts_mark k
      where k.customer_id = m.customer_id and k.kind = any(%(kinds)s) and k.from_on <= %(day)s
        and (k.until_on is null or k.until_on > %(day)s))
group by m.id, m.line_id
order by m.line_id
limit %(most)s
