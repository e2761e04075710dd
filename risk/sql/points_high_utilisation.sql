-- RULES, The score, high_utilisation: at the opening of the day after a line had a bill issued,
-- if used >= ratio x assigned limit; once per line and day.
with due as (
    select b.customer_id, 'high_utilisation' as cause, 0 as threshold, %(points)s as points,
           b.line_id as evidence_id, %(expires_on)s::date as expires_on, null::int as lasts_days
    from (
        select distinct b.customer_id, b.line_id from billing_bill b
        where b.issued_on = %(day)s::date - 1 and {scope:b}
          and (b.origin <> 'disputed' or b.principal > 0)
    ) b
    join billing_linestate s on s.line_id = b.line_id
    where s.assigned_limit > 0
      and s.unbilled + coalesce((
          select sum(o.principal) from billing_openbill o
          where o.customer_id = b.customer_id and o.line_id = b.line_id
      ), 0) >= %(ratio)s::numeric * s.assigned_limit
),
{include:_book_points}
