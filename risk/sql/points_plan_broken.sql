-- RULES, The score, plan_broken: at the opening at which it breaks.
with due as (
    select p.customer_id, 'plan_broken' as cause, 0 as threshold, %(points)s as points,
           p.id as evidence_id, %(expires_on)s::date as expires_on, null::int as lasts_days
    from billing_plan p
    where p.status = 'broken' and p.ended_on = %(day)s and {scope:p}
),
{include:_book_points}
