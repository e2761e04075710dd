-- What a settlement came to, in the book or in a shadow run: its bill, what is left to bill of the
-- draw, and what to pay so that its bill is paid (and, if nothing of the draw is left to bill, the
-- rest of the draw's bills): by the allocation all of the line that comes before them, too.
with it as (
    select b.id, b.customer_id, b.line_id, b.number, b.principal, b.interest, d.id as draw_id
    from billing_bill b
    join billing_fact f on f.id = b.id
    join billing_fact d on d.customer_id = f.customer_id and d.line_id = f.line_id
     and d.kind = 'draw' and coalesce(d.number, d.id::text) = f.draw_number
    where b.id = any(%(facts)s::bigint[]) and b.origin = 'settled' and b.principal > 0
),
ahead as (
    select coalesce(sum(c.principal), 0) as principal, coalesce(sum(c.interest), 0) as interest
    from it join billing_charge c on c.fact_id = it.draw_id and c.bill_id is null
),
open as (
    select o.bill_id, o.fee, o.fee + o.interest + o.principal as owed, o.overdue_on,
           b.origin = 'instalment' and b.sequence = it.draw_id as of_the_draw,
           row_number() over (order by o.due_on, b.issued_on, b.booked_on,
               b.origin in ('booked', 'disputed', 'settled'), b.sequence, b.id) as place
    from it
    join billing_openbill o on o.customer_id = it.customer_id and o.line_id = it.line_id
    join billing_bill b on b.id = o.bill_id
),
paid as (
    select o.* from open o
    where o.place <= (
        select max(l.place) from open l, it, ahead
        where l.bill_id = it.id or l.of_the_draw and ahead.principal = 0)
)
select it.number, it.principal, it.interest,
       (select -coalesce(sum(case when e.component = 'credit' then -e.amount else e.amount end), 0)
        from billing_entry e
        where e.value_on = %(day)s and e.customer_id = it.customer_id and e.fact_id = it.id
          and e.kind = 'given_back' and e.reverses_id is null
          and not exists (select from billing_entry r where r.reverses_id = e.id)) as given_back,
       ahead.principal as left_principal, ahead.interest as left_interest,
       it.principal + it.interest
       - coalesce((select p.owed from open p where p.bill_id = it.id), 0) as credited,
       coalesce((select sum(p.owed) from paid p where p.bill_id <> it.id), 0) as other_bills,
       coalesce((select sum(p.fee) from paid p), 0) as fees,
       coalesce((select sum(p.owed) from paid p), 0) as total
from it cross join ahead
