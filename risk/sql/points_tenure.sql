-- RULES, The score, tenure/Y: at the opening of each anniversary of the customer's first day;
-- who came on a 29 February has it on the 28th where the year has no 29th.
with due as (
    select c.id as customer_id, 'tenure' as cause,
           extract(year from %(day)s::date)::int - extract(year from c.opened_on)::int as threshold,
           %(points)s as points, c.id as evidence_id, %(expires_on)s::date as expires_on,
           null::int as lasts_days
    from accounts_customer c
    where c.opened_on < %(day)s and {scope:c.id}
      and extract(month from c.opened_on) = extract(month from %(day)s::date)
      and extract(day from c.opened_on) = any(%(days)s::int[])
),
{include:_book_points}
