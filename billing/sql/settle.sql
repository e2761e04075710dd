-- RULES, Early settlement: principal of a draw that is not billed yet comes forward, from the last
-- instalments first, on a bill of its own that is due at once, with the interest to the day on it.
-- Where instalments are billed ahead of the day, their interest on it for the days after is given
-- back: taken off them, or, once paid, onto the line's credit balance.
with asked as (
    select f.id, f.customer_id, f.line_id, f.number, f.booked_on, d.id as draw_id,
           coalesce(d.number, d.id::text) as draw, d.number as draw_number,
           d.value_on as drawn_on, d.booked_on as drawn_booked_on, d.amount, d.instalments, c.rate,
           trunc(d.amount / d.instalments, 2) as part, c.next, c.unbilled,
           least(coalesce(f.amount, c.unbilled), c.unbilled) as forward,
           (d.value_on + make_interval(months => c.next - 1))::date as billed_to
    from billing_fact f
    join billing_fact d on d.customer_id = f.customer_id and d.line_id = f.line_id
     and d.kind = 'draw' and coalesce(d.number, d.id::text) = f.draw_number
    cross join lateral (
        select min(c.n) as next, sum(c.principal) as unbilled, min(c.rate) as rate
        from billing_charge c
        where c.fact_id = d.id and c.customer_id = f.customer_id and c.bill_id is null
    ) c
    where f.id = any(%(facts)s::bigint[]) and c.unbilled > 0 and (f.amount is null or f.amount > 0)
),
loans as (
    select draw_id as id, customer_id, line_id, draw_number as number, drawn_on as value_on,
           drawn_booked_on as booked_on, amount, instalments, rate,
           amount - part * (next - 1) - unbilled + forward as forward
    from asked
),
{include:_schedule},
held as (
    select x.id, sum(upper(d) - lower(d)) as days
    from (
        select a.id, range_agg(daterange(
                   greatest(h.started_on, a.billed_to + 1),
                   least(coalesce(h.until_on, %(day)s::date + 1), %(day)s::date + 1))) as days
        from asked a
        join billing_hold h on h.customer_id = a.customer_id and h.line_id = a.line_id
         and h.interest and h.started_on <= %(day)s
         and (h.until_on is null or h.until_on > greatest(h.started_on, a.billed_to + 1))
         and (h.bill_numbers is null or a.number = any(h.bill_numbers))
        where a.billed_to < %(day)s
        group by a.id
    ) x cross join lateral unnest(x.days) d
    group by x.id
),
issued as (
    insert into billing_bill (id, customer_id, line_id, number, origin, issued_on, booked_on,
                              sequence, due_on, principal, interest)
    select a.id, a.customer_id, a.line_id, a.number, 'settled', %(day)s, a.booked_on, a.id,
           %(day)s, a.forward,
           case when a.billed_to < %(day)s
                then round(a.forward * a.rate
                           * (%(day)s::date - a.billed_to - coalesce(h.days, 0)), 2)
                else 0 end
    from asked a left join held h on h.id = a.id
    on conflict (id) do update
    set issued_on = excluded.issued_on, due_on = excluded.due_on, principal = excluded.principal,
        interest = excluded.interest
),
moved as (
    update billing_charge c
    set bill_id = case when p.gone then a.id end,
        principal = case when p.gone then c.principal else p.principal end,
        interest = case when p.gone then 0 else p.interest end
    from asked a join parts p on p.id = a.draw_id
    where c.fact_id = p.id and c.n = p.n and c.customer_id = a.customer_id and c.bill_id is null
),
back as (
    select a.id, a.customer_id, a.line_id, b.id as bill_id, o.principal, o.fee,
           coalesce(o.interest, 0) as interest,
           round(b.interest * a.forward * (n.due - greatest(n.previous, %(day)s::date))
                 / ((a.amount - a.part * (n.n - 1) - coalesce(t.forward, 0)) * (n.due - n.previous)),
                 2) as amount
    from asked a
    cross join lateral (
        select n, (a.drawn_on + make_interval(months => n))::date as due,
               (a.drawn_on + make_interval(months => n - 1))::date as previous
        from generate_series(1, a.next - 1) n
    ) n
    join billing_bill b on b.number = a.draw || '/' || n.n and b.customer_id = a.customer_id
    left join billing_openbill o on o.bill_id = b.id
    cross join lateral (
        -- what was brought forward before the bill was issued bears no interest on it
        select sum(s.principal) as forward
        from billing_fact e
        join billing_bill s on s.id = e.id and s.origin = 'settled'
         and s.issued_on < b.issued_on
        where e.customer_id = a.customer_id and e.kind = 'settle' and e.line_id = a.line_id
          and e.draw_number = a.draw
    ) t
    where n.due > %(day)s and b.interest > 0
),
given as (
    select *, least(amount, interest) as off, amount - least(amount, interest) as credit
    from back where amount > 0
),
booked as (
    insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, bill_id,
                               component, kind, amount, fact_id)
    select %(day)s, %(day)s, %(booked_on)s, customer_id, line_id, bill_id, 'interest',
           'given_back', -off, id
    from given where off > 0
    union all
    select %(day)s, %(day)s, %(booked_on)s, customer_id, line_id, null, 'credit', 'given_back',
           sum(credit), id
    from given where credit > 0 group by id, customer_id, line_id
),
reduced as (
    update billing_openbill o set interest = o.interest - g.off
    from given g
    where o.bill_id = g.bill_id and g.off > 0 and o.principal + o.interest + o.fee > g.off
),
closed as (
    delete from billing_openbill o using given g
    where o.bill_id = g.bill_id and g.off > 0 and o.principal + o.interest + o.fee = g.off
)
update billing_linestate s
set unbilled = s.unbilled - a.forward, credit = s.credit + coalesce(g.credit, 0)
from asked a
left join (select id, sum(credit) as credit from given group by id) g on g.id = a.id
where s.line_id = a.line_id
