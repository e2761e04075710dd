-- RULES, The score, paid_on_time: at the opening of the day after a bill's due date if nothing of
-- it is outstanding and something of it was to be paid: principal and interest as issued, less
-- what was refunded and what a dispute took out of it, decided or not. An early settlement earns
-- nothing: it is due when the customer chooses, as often as they choose.
with settled as (
    select b.id, b.customer_id, b.number, b.principal + b.interest as amount
    from billing_bill b
    where b.origin <> 'settled' and b.due_on = %(day)s::date - 1 and b.issued_on < %(day)s and {scope:b}
      and not exists (select from billing_openbill o where o.bill_id = b.id)
),
taken as (
    select s.id, -sum(e.amount) as amount
    from settled s
    join billing_fact f on f.bill_number = s.number and f.kind in ('refund', 'dispute')
    join billing_entry e on e.customer_id = s.customer_id and e.bill_id = s.id
     and (e.value_on = f.value_on and e.fact_id = f.id and e.kind in ('refunded', 'disputed')
          or f.kind = 'dispute' and e.kind = 'upheld')
     and e.value_on < %(day)s
    group by s.id
),
due as (
    select s.customer_id, 'paid_on_time' as cause, 0 as threshold, %(points)s as points,
           s.id as evidence_id, %(expires_on)s::date as expires_on, null::int as lasts_days
    from settled s left join taken t on t.id = s.id
    where s.amount > coalesce(t.amount, 0)
),
{include:_book_points}
