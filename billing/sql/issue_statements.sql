-- RULES, The day, 1: the purchases before the day that are on no bill yet make one bill.
-- A purchase booked after the statement of its value date goes on the next one. A due day of the
-- customer's own, booked before, puts the due date off to the next such day. One that is no
-- banking day (`off`) moves to the day `instead` (RULES, Due dates on holidays).
with taken as (
    select c.line_id, c.customer_id, sum(c.principal) as principal
    from billing_charge c
    where c.bill_id is null and c.due_on is null
      and c.value_on < %(day)s and c.booked_on < %(day)s and {scope:c}
    group by c.line_id, c.customer_id
),
own_days as materialized (
    select distinct on (f.line_id) f.line_id, f.due_day
    from billing_fact f
    where f.kind = 'due_day' and f.booked_on < %(day)s and {scope:f}
    order by f.line_id, f.value_on desc, f.booked_on desc, f.id desc
),
named as (
    select t.*, case when d.due_day is null then %(due)s::date
                     when d.due_day >= extract(day from %(due)s::date)
                     then date_trunc('month', %(due)s::date)::date + d.due_day - 1
                     else (date_trunc('month', %(due)s::date) + interval '1 month')::date
                          + d.due_day - 1 end as due_on,
           case when exists (
        select from billing_bill b
        where b.number = l.number || '/' || %(month)s and b.issued_on <> %(day)s
    ) then l.number || '/' || to_char(%(day)s::date, 'YYYY-MM-DD')
      else l.number || '/' || %(month)s end as number
    from taken t join billing_creditline l on l.id = t.line_id
    left join own_days d on d.line_id = t.line_id
),
issued as (
    insert into billing_bill (id, customer_id, line_id, number, origin, issued_on, booked_on,
                              sequence, due_on, principal, interest)
    select nextval('billing_fact_id_seq'), customer_id, line_id, number, 'statement',
           %(day)s, %(day)s, 0, coalesce(h.instead, due_on), principal, 0
    from named
    left join unnest(%(off)s::date[], %(instead)s::date[]) as h (off, instead) on h.off = due_on
    on conflict (number) do nothing
    returning id, line_id
),
bills as (
    select id, line_id from issued
    union all
    select b.id, b.line_id from billing_bill b join named n on n.number = b.number
),
linked as (
    update billing_charge c set bill_id = b.id
    from bills b
    where c.line_id = b.line_id and c.bill_id is null and c.due_on is null
      and c.value_on < %(day)s and c.booked_on < %(day)s
),
moved as (
    update billing_linestate s set unbilled = s.unbilled - t.principal
    from taken t where s.line_id = t.line_id
)
select count(*) as bills, coalesce(sum(principal), 0) as amount from taken
