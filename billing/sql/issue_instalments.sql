-- RULES, The day, 1: an instalment is billed `billing_lead_days` before it is due, or at the
-- next opening if that day is past.
with taken as (
    select c.*
    from billing_charge c
    where c.bill_id is null and c.due_on is not null
      and c.due_on <= %(day)s::date + %(lead_days)s and c.value_on < %(day)s and {scope:c}
    limit %(at_most)s
),
issued as (
    insert into billing_bill (id, customer_id, line_id, number, origin, issued_on, booked_on,
                              sequence, due_on, principal, interest)
    select nextval('billing_fact_id_seq'), customer_id, line_id, number, 'instalment',
           %(day)s, %(day)s, fact_id, due_on, principal, interest
    from taken
    on conflict (number) do nothing
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
