-- RULES, The score, plan_ended: at once, when a plan is ended early; 0 unless the policy says so.
with due as (
    select p.customer_id, 'plan_ended' as cause, 0 as threshold, %(points)s as points,
           p.id as evidence_id, %(expires_on)s::date as expires_on, null::int as lasts_days
    from billing_plan p
    where p.status = 'ended' and p.ended_on = %(day)s and {scope:p}
),
{include:_book_points}
