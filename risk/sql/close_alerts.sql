-- RULES, Alerts: staff close an open alert.
update risk_alert a set closed_on = %(day)s, closed_by_id = d.id
from risk_decision d
where d.kind = 'close_alert' and d.value_on = %(day)s and {scope:d}
  and a.customer_id = d.customer_id and a.code = d.code
  and a.closed_on is null and a.reversed_on is null
