-- RULES, The score, income_verified: at once, when staff verify income.
with due as (
    select d.customer_id, 'income_verified' as cause, 0 as threshold, %(points)s as points,
           d.id as evidence_id, %(expires_on)s::date as expires_on, null::int as lasts_days
    from risk_decision d
    where d.kind = 'income' and d.value_on = %(day)s and {scope:d}
),
{include:_book_points}
