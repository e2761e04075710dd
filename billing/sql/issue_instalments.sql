-- RULES, The day, 1: an instalment is billed `billing_lead_days` before it is due, or at the
-- next opening if that day is past. For the days of its period on which its interest is held, as
-- holds stand at this opening, it bears none: a hold without an end is taken to last. A due date
-- that is no banking day (`off`) moves to the day `instead`; interest goes by the schedule's own.
with taken as (
    select c.*
    from billing_charge c
    where c.bill_id is null and c.due_on is not null
      and c.due_on <= %(day)s::date + %(lead_days)s and c.value_on < %(day)s and {scope:c}
    limit %(at_most)s
),
held as materialized (
    select x.id, sum(upper(d) - lower(d)) as days
    from (
        select t.id, range_agg(daterange(
                   greatest(h.started_on, t.since + 1),
                   least(coalesce(h.until_on, t.due_on + 1), t.due_on + 1))) as days
        from (
            select *, (value_on + make_interval(months => n - 1))::date as since from taken
        ) t
        join billing_hold h on h.customer_id = t.customer_id and h.line_id = t.line_id
         and h.interest and h.started_on <= t.due_on
         and (h.until_on is null or h.until_on > greatest(h.started_on, t.since + 1))
         and (h.bill_numbers is null or t.number = any(h.bill_numbers))
        group by t.id
    ) x cross join lateral unnest(x.days) d
    group by x.id
),
billed as (
    select t.*, case when h.days is null then t.interest else round(
               t.interest * (t.period - h.days) / t.period, 2) end as to_pay
    from (
        select *, due_on - (value_on + make_interval(months => n - 1))::date as period from taken
    ) t left join held h on h.id = t.id
),
issued as (
    insert into billing_bill (id, customer_id, line_id, number, origin, issued_on, booked_on,
                              sequence, due_on, principal, interest)
    select nextval('billing_fact_id_seq'), customer_id, line_id, number, 'instalment',
           %(day)s, %(day)s, fact_id, coalesce(h.instead, due_on), principal, to_pay
    from billed
    left join unnest(%(off)s::date[], %(instead)s::date[]) as h (off, instead) on h.off = due_on
    on conflict (number) do update
    set issued_on = excluded.issued_on, principal = excluded.principal,
        interest = excluded.interest
    where (billing_bill.issued_on, billing_bill.principal, billing_bill.interest)
       is distinct from (excluded.issued_on, excluded.principal, excluded.interest)
    returning id, number
),
bills as (
    select id, number from issued
    union all
    select b.id, b.number from billing_bill b join taken t on t.number = b.number
),
linked as (
    update billing_charge c set bill_id = b.id
    from taken t join bills b on b.number = t.number
    where c.id = t.id
),
moved as (
    update billing_linestate s set unbilled = s.unbilled - t.principal
    from (select line_id, sum(principal) as principal from taken group by line_id) t
    where s.line_id = t.line_id
)
select count(*) as bills, coalesce(sum(principal), 0) as amount from taken
