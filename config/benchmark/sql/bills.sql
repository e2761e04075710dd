-- The bills of the past and those on their way. Bill 0 is due at the anchor, bill i about i
-- months before it. A longer history goes on in blocks of six bills, seven months apart, so that
-- it makes the past larger and not tonight's work: no points of it expire tonight.
-- A pay-later bill is booked 25 days before it is due; an instalment of a cash loan is billed by
-- the engine `billing_lead_days` before; the latest loan has twelve, those before it six.
create unlogged table benchmark_bill as
with numbered as (
    select p.*, i, (i - 1) / 6 as block,
           case when i < 1 then i else i + 7 * ((i - 1) / 6) end as months,
           case when i < 1 then 7 - i else 6 - (i - 1) %% 6 end as n
    from benchmark_person p
    cross join lateral generate_series(
        case p.product when 'cash_loan' then -5 else 0 end, 6 * %(history)s::int) i
),
dated as (
    select customer_id, line_id, product, brim, part, unpaid, tardy_days, i,
           greatest(block, 0) as block, n, opened_on,
           tardy > 0 and i > unpaid and (i - 1) %% 6 + 1 = tardy as is_tardy,
           (anchor - make_interval(months => months))::date as due_on,
           (anchor - make_interval(months => months + 1))::date as previous_due,
           benchmark_draw(customer_id * 64 + i, 10) as habit
    from numbered
),
priced as (
    select d.*, due_on - case product when 'pay_later' then 25 else %(lead_days)s end as issued_on,
           case product
               when 'pay_later' then
                   round((100 + benchmark_draw(customer_id * 64 + i, 11) * 2900)::numeric, 2)
               else part end as principal,
           case product
               when 'pay_later' then 0.00
               else round(part * (case block when 0 then 12 else 6 end - n + 1)
                          * %(interest_rate)s::numeric * (due_on - previous_due), 2) end as interest
    from dated d
),
settled as (
    -- Bills that fall due in the next days are paid already, but for those that fall overdue:
    -- 15.2 of 100, which is 0.5 %% of all customers a night.
    select p.*, case
               when is_tardy then due_on + tardy_days
               when unpaid > 0 and i <= unpaid then null
               when due_on > %(start)s::date + 3 then null
               when due_on >= %(start)s::date and habit < 0.152 then null
               else least(due_on - floor(habit * 8)::int, %(start)s::date) end as paid_on
    from priced p
)
select s.*, case when issued_on <= %(start)s then row_number() over (
               order by issued_on > %(start)s, issued_on, customer_id, i) end as bill_id,
       case when issued_on <= %(start)s then paid_on end as repaid_on,
       case product when 'pay_later'
            then 'B' || customer_id || '/' || to_char(due_on, 'YYYY-MM')
            else 'D' || customer_id || '-' || block || '/' || n end as number,
       case when issued_on <= %(start)s and due_on < %(start)s
            then greatest(least(coalesce(paid_on, %(start)s), %(start)s) - due_on, 0)
            else 0 end as fees,
       round(principal * case product when 'pay_later' then %(pl_fee_rate)s::numeric
                                      else %(cl_fee_rate)s::numeric end, 2) as fee
from settled s;

alter table benchmark_bill add column repay_id bigint, add column draw_id bigint;
create unlogged table benchmark_id as
select customer_id, i,
       (select max(bill_id) from benchmark_bill)
       + row_number() over (order by repaid_on, customer_id, i) as repay_id
from benchmark_bill where repaid_on is not null;

create unlogged table benchmark_loan as
select customer_id, line_id, block, min(previous_due) as drawn_on, count(*)::int as instalments,
       sum(principal) as amount,
       (select coalesce(max(repay_id), 0) from benchmark_id)
       + row_number() over (order by min(previous_due), customer_id) as draw_id
from benchmark_bill where product = 'cash_loan'
group by customer_id, line_id, block;

create unlogged table benchmark_known as
select b.customer_id, b.line_id, b.product, b.brim, b.unpaid, b.i, b.block, b.n, b.due_on,
       b.issued_on, b.principal, b.interest, b.bill_id, b.repaid_on, b.number, b.fees, b.fee,
       r.repay_id, l.draw_id, l.drawn_on
from benchmark_bill b
left join benchmark_id r using (customer_id, i)
left join benchmark_loan l using (customer_id, block)
where b.issued_on <= %(start)s or b.product = 'cash_loan';
drop table benchmark_bill, benchmark_id;
analyze benchmark_known, benchmark_loan;
