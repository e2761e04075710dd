-- In a shadow run: the money of these customers as it stood before the opening of %(since)s, the
-- sums of today less what has moved since. Of a customer with early settlements a later bill of a
-- loan keeps its id and number alone: it is not issued, until the days since bring it about again.
with settlers as materialized (
    select distinct f.customer_id from public.billing_fact f where f.kind = 'settle' and {scope:f}
),
bills as (
    insert into billing_bill (id, customer_id, line_id, number, origin, issued_on, booked_on,
                              sequence, due_on, principal, interest)
    select b.id, b.customer_id, b.line_id, b.number, b.origin,
           case when x.gone then date '0001-01-01' else b.issued_on end, b.booked_on, b.sequence,
           b.due_on, case when x.gone then 0 else b.principal end,
           case when x.gone then 0 else b.interest end
    from public.billing_bill b
    left join settlers s on s.customer_id = b.customer_id
    cross join lateral (
        select b.issued_on >= %(since)s and b.origin in ('instalment', 'settled')
               and s.customer_id is not null as gone
    ) x
    where {scope:b} and (b.origin <> 'disputed' or b.issued_on < %(since)s)
),
moved as (
    select e.line_id, e.customer_id, e.bill_id,
           coalesce(sum(e.amount) filter (where e.component = 'principal'), 0) as principal,
           coalesce(sum(e.amount) filter (where e.component = 'interest'), 0) as interest,
           coalesce(sum(e.amount) filter (where e.component = 'fee'), 0) as fee,
           coalesce(sum(e.amount) filter (where e.component = 'credit'), 0) as credit,
           coalesce(sum(e.amount) filter (where e.component = 'books'), 0) as books
    from public.billing_entry e
    where e.value_on >= %(since)s and {scope:e}
    group by e.line_id, e.customer_id, e.bill_id
),
known as (
    insert into billing_entry
    select e.* from public.billing_entry e
    where e.value_on < %(since)s and {scope:e}
      and (e.kind in ('issued', 'upheld', 'refunded', 'disputed')
           -- what a broken plan may bring back (return_waivers.sql)
           or e.kind in ('waived', 'fee') and e.bill_id in (
               select b.id from public.billing_fact f
               join public.billing_bill b on b.number = f.bill_number
               where {scope:f} and f.plan_number is not null))
      and e.reverses_id is null
      and not exists (select from public.billing_entry r where r.reverses_id = e.id)
),
plans as (
    insert into billing_plan (id, customer_id, line_id, number, started_on, status, ended_on, counted)
    select p.id, p.customer_id, p.line_id, p.number, p.started_on,
           case when p.ended_on < %(since)s then p.status else 'kept' end,
           case when p.ended_on < %(since)s then p.ended_on end,
           case when p.ended_on < %(since)s then p.counted else coalesce((
               select sum(x.amount) from (
                   select r.amount
                   from public.billing_fact r
                   where r.customer_id = p.customer_id and r.kind = 'repay' and r.line_id = p.line_id
                     and r.value_on < %(since)s
                     and (r.value_on, r.booked_on, r.id) > (f.value_on, f.booked_on, f.id)
                     and not exists (select from public.billing_fact v where v.reverses_id = r.id)
                   union all
                   select case when r.kind = 'refund' then r.amount
                               when d.moved > 0 then d.moved
                               else coalesce((
                                   select -sum(e.amount) from public.billing_entry e
                                   where e.value_on = b.issued_on and e.customer_id = b.customer_id
                                     and e.bill_id = b.id and e.kind = 'upheld'), 0) end
                   from public.billing_planbill c
                   join public.billing_bill b on b.id = c.bill_id
                   join public.billing_fact r on r.bill_number = b.number
                    and r.kind in ('refund', 'dispute')
                   left join public.billing_dispute d on d.bill_id = b.id and d.fact_id = r.id
                   where c.plan_id = p.id and r.value_on < %(since)s
                     and (r.value_on, r.booked_on, r.id) > (f.value_on, f.booked_on, f.id)
                     and (r.kind = 'refund' or d.bill_id is not null)
               ) x), 0) end
    from public.billing_plan p join public.billing_fact f on f.id = p.id
    where {scope:p} and p.started_on < %(since)s and p.status <> 'void'
    returning id, status
),
covered as (
    insert into billing_planbill
    select c.* from public.billing_planbill c join plans p on p.id = c.plan_id
    returning plan_id, bill_id
),
disputes as (
    insert into billing_dispute
        (bill_id, customer_id, fact_id, filed_on, amount, moved, outcome, decided_on)
    select d.bill_id, d.customer_id, d.fact_id, d.filed_on, d.amount, d.moved,
           case when d.decided_on < %(since)s then d.outcome end,
           case when d.decided_on < %(since)s then d.decided_on end
    from public.billing_dispute d
    where {scope:d} and d.filed_on < %(since)s
),
holds as (
    insert into billing_hold (id, customer_id, line_id, number, started_on, until_on, fees,
                              milestones, interest, bill_numbers)
    select h.id, h.customer_id, h.line_id, h.number, h.started_on, least(f.until_on, (
               select r.value_on from public.billing_fact r
               where r.kind = 'release_hold' and r.number = h.number and r.value_on < %(since)s
           )), h.fees, h.milestones, h.interest, h.bill_numbers
    from public.billing_hold h join public.billing_fact f on f.id = h.id
    where {scope:h} and h.started_on < %(since)s
),
write_offs as (
    insert into billing_writeoff (bill_id, customer_id, line_id, fact_id, written_on, amount, owed)
    select w.bill_id, w.customer_id, w.line_id, w.fact_id, w.written_on, w.amount,
           w.owed + coalesce((select sum(m.books) from moved m where m.bill_id = w.bill_id), 0)
    from public.billing_writeoff w
    where {scope:w} and w.written_on < %(since)s
),
loans as (
    select f.id, f.customer_id, f.line_id, f.number, f.value_on, f.booked_on, f.amount,
           f.instalments, c.rate, coalesce((
               select sum(b.principal)
               from public.billing_fact e
               join public.billing_bill b on b.id = e.id and b.origin = 'settled'
                and b.issued_on < %(since)s
               where e.customer_id = f.customer_id and e.kind = 'settle'
                 and e.line_id = f.line_id
                 and e.draw_number = coalesce(f.number, f.id::text)), 0) as forward
    from settlers s
    join public.billing_fact f on f.customer_id = s.customer_id and f.kind = 'draw'
    join public.billing_charge c on c.fact_id = f.id and c.n = 1
),
{include:_schedule},
charges as (
    insert into billing_charge
        (id, fact_id, n, customer_id, line_id, number, value_on, booked_on, due_on, principal,
         interest, rate, bill_id)
    select c.id, c.fact_id, c.n, c.customer_id, c.line_id, c.number, c.value_on, c.booked_on,
           c.due_on, coalesce(p.principal, c.principal), coalesce(p.interest, c.interest), c.rate,
           null
    from public.billing_charge c
    left join public.billing_bill b on b.id = c.bill_id
    left join parts p on p.id = c.fact_id and p.n = c.n
    where {scope:c} and c.value_on < %(since)s
      and (c.bill_id is null or b.issued_on >= %(since)s)
    returning line_id, principal
),
opened as (
    insert into billing_openbill (bill_id, customer_id, line_id, product, due_on, principal,
                                  interest, fee, fees_charged, cap_principal, overdue_on, plan_id)
    select b.id, b.customer_id, b.line_id, l.product, b.due_on, x.principal, x.interest, x.fee,
           coalesce((
               select sum(e.amount) from public.billing_entry e
               where e.value_on >= b.due_on and e.value_on < %(since)s
                 and e.customer_id = b.customer_id and e.bill_id = b.id and e.kind = 'fee'), 0),
           b.principal + coalesce((
               select sum(e.amount) from public.billing_entry e
               where e.value_on = b.issued_on and e.customer_id = b.customer_id
                 and e.bill_id = b.id and e.kind = 'upheld'), 0),
           null,
           (select c.plan_id from covered c join plans p on p.id = c.plan_id
            where c.bill_id = b.id and p.status = 'kept')
    from (
        select bill_id, sum(principal) as principal, sum(interest) as interest, sum(fee) as fee
        from (
            select o.bill_id, o.principal, o.interest, o.fee
            from public.billing_openbill o where {scope:o}
            union all
            select m.bill_id, -m.principal, -m.interest, -m.fee from moved m
            where m.bill_id is not null
        ) y
        group by bill_id
    ) x
    join public.billing_bill b on b.id = x.bill_id
    join public.billing_creditline l on l.id = b.line_id
    where b.issued_on < %(since)s and x.principal + x.interest + x.fee > 0
)
insert into billing_linestate (line_id, customer_id, assigned_limit, credit, unbilled)
select s.line_id, s.customer_id, coalesce((
           select f.amount from public.billing_fact f
           where f.customer_id = s.customer_id and f.line_id = s.line_id and f.kind = 'limit'
             and f.value_on < %(since)s
           order by f.value_on desc, f.booked_on desc, f.id desc
           limit 1), l.opening_limit),
       s.credit - coalesce((
           select sum(m.credit) from moved m where m.line_id = s.line_id), 0),
       coalesce((select sum(c.principal) from charges c where c.line_id = s.line_id), 0)
from public.billing_linestate s join public.billing_creditline l on l.id = s.line_id
where {scope:s}
