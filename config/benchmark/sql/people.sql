-- The customers of the synthetic book and how each of them pays. Everything is drawn from a hash
-- of the customer's number, so that a book of one size is the same book every time.
--   fate      of 100: 92 current, 5 1-29 days past due at %(start)s, 2 30-89, 1 90 and more
--   anchor    the first due date after %(start)s; bills fall due on its day of every month
--   unpaid    how many bills before the anchor are not paid (0 for a current customer)
--   tardy     which of six bills was paid late, and was cured (0 for most)
--   brim      whose line is always used to the brim
create function benchmark_draw(n bigint, purpose int) returns double precision
language sql immutable parallel safe
return (hashint8extended(n, purpose) & 1048575) / 1048576.0::double precision;

create unlogged table benchmark_person as
with drawn as (
    select n, benchmark_draw(n, 1) as fate, benchmark_draw(n, 2) as degree,
           case when benchmark_draw(n, 3) < 0.4 then 'cash_loan' else 'pay_later' end as product,
           benchmark_draw(n, 4) < 0.02 as brim,
           case when benchmark_draw(n, 5) < 0.15
                then 2 + floor(benchmark_draw(n, 6) * 5)::int else 0 end as tardy,
           1 + floor(benchmark_draw(n, 7) * 20)::int as tardy_days,
           round((200 + benchmark_draw(n, 8) * 1300)::numeric, 2) as part,
           floor(benchmark_draw(n, 9) * 365)::int as joined
    from generate_series(1, %(customers)s::bigint) n
),
aged as (
    select d.*, %(start)s::date - case
               when fate < 0.01 then 90 + floor(degree * 60)::int
               when fate < 0.03 then 30 + floor(degree * 60)::int
               when fate < 0.08 then 1 + floor(degree * 29)::int end as wanted
    from drawn d
),
placed as (
    -- every month has the first 28 days
    select a.*, wanted - greatest(extract(day from wanted)::int - 28, 0) as oldest,
           case when wanted is not null then least(extract(day from wanted)::int, 28)
                when %(everybody_due)s then extract(day from %(start)s::date + 1)::int
                else 1 + floor(degree * 28)::int end as due_day
    from aged a
),
anchored as (
    select p.*, (date_trunc('month', %(start)s::date)
                 + make_interval(months => (due_day <= extract(day from %(start)s::date))::int)
                )::date + due_day - 1 as anchor
    from placed p
)
select n as customer_id, product, brim, tardy, tardy_days, part, anchor,
       2 * n - (product = 'pay_later')::int as line_id,
       coalesce((extract(year from anchor)::int - extract(year from oldest)::int) * 12
                + extract(month from anchor)::int - extract(month from oldest)::int, 0) as unpaid,
       %(start)s::date - 420 * %(history)s::int - joined as opened_on
from anchored
order by n;

alter table benchmark_person add primary key (customer_id);
analyze benchmark_person;

insert into accounts_customer (id, number, name, opened_on, language)
select customer_id, 'C' || lpad(customer_id::text, 8, '0'), 'Customer ' || customer_id, opened_on,
       'en'
from benchmark_person order by customer_id;

insert into billing_creditline (id, customer_id, product, number, opened_on, opening_limit)
select 2 * customer_id - (x.product = 'pay_later')::int, customer_id, x.product,
       'C' || lpad(customer_id::text, 8, '0') || '/' || x.product, opened_on,
       case when x.product <> p.product then 5000
            when p.brim then case x.product when 'pay_later' then 100 else p.part end
            else case x.product when 'pay_later' then 50000 else 40000 end end
from benchmark_person p cross join (values ('pay_later'), ('cash_loan')) x(product)
order by customer_id, x.product desc;
