-- How many instalments issue_instalments.sql bills now.
select count(*) as bills
from billing_charge c
where c.bill_id is null and c.due_on is not null
  and c.due_on <= %(day)s::date + %(lead_days)s and c.value_on < %(day)s and {scope:c}
