-- Rules, Promises to pay: a repayment, its reversal, or the end of a promise counts at once for the
-- promises on its line (_weigh_promises.sql: how money goes to their parts).
with chosen as materialized (
    select distinct p.number
    from billing_promisestate s join billing_promise p on p.id = s.promise_id
    where s.line_id = %(line)s::bigint and {scope:s}
),
{include:_weigh_promises}
