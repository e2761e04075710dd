-- Rules, Promises to pay: those whose last day has passed are decided. Money goes to the parts of
-- one promise by date; what a part does not need, and what comes after its last day, is the next
-- one's: what is left over after a part is the running balance above its lowest point so far.
with chosen as materialized (
    select distinct p.number
    from billing_promisestate s join billing_promise p on p.id = s.promise_id
    where s.status = 'open' and s.last_on < %(day)s and {scope:s}
),
{include:_weigh_promises}
