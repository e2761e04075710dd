-- A customer's first day: the score starts at the policy's initial value. One who came in the
-- daytime, after the opening, is found by the next night.
insert into risk_score (customer_id, points, score)
select c.id, 0, least(greatest(%(initial)s, %(floor)s), %(ceiling)s)
from accounts_customer c
where c.opened_on between %(day)s::date - 1 and %(day)s and {scope:c.id}
on conflict do nothing
