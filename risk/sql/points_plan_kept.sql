-- RULES, The score, plan_kept: at once when the plan is completed.
with due as (
    select p.customer_id, 'plan_kept' as cause, 0 as threshold, %(points)s as points,
           p.id as evidence_id, %(expires_on)s::date as expires_on, null::int as lasts_days
    from billing_plan p
    where p.status = 'completed' and p.ended_on = %(day)s and {scope:p}
),
{include:_book_points}
