booked as (
    insert into risk_point ("on", customer_id, cause, threshold, points, evidence_id, expires_on,
                            lasts_days, policy_id, booked_on)
    select %(day)s, customer_id, cause, threshold, points, evidence_id, expires_on, lasts_days,
           %(policy_id)s::bigint, %(booked_on)s
    from due
    where points <> 0
    on conflict do nothing
    returning customer_id, points, expires_on
),
gained as (
    select customer_id, sum(points) filter (where expires_on is null or expires_on > %(day)s) as points
    from booked group by customer_id
),
scored as (
    update risk_score s
    set points = s.points + g.points,
        score = least(greatest(%(initial)s + s.points + g.points, %(floor)s), %(ceiling)s)
    from gained g where s.customer_id = g.customer_id and g.points <> 0
)
select count(*) as events, coalesce(sum(points), 0) as points from booked
