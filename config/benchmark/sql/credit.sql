-- Episodes, points and scores up to the end of %(start)s. Alerts, restrictions and statuses are
-- left to the night that settles the book.
insert into risk_episode (id, customer_id, line_id, opened_on, cured_on, severity, severe_on,
                          oldest_due)
with opened as (
    select customer_id, line_id, due_on, repaid_on as cured_on
    from benchmark_known where repaid_on > due_on
    union all
    select customer_id, line_id, min(due_on), null
    from benchmark_known
    where unpaid > 0 and i between 1 and unpaid
    group by customer_id, line_id
),
counted as (
    select o.*, count(*) over (
               partition by customer_id order by due_on + 1
               range between '364 days' preceding and current row) as number
    from opened o
),
judged as (
    select c.*, least(
               case when least(coalesce(cured_on, %(start)s), %(start)s) >= due_on + %(severe_dpd)s
                    then due_on + %(severe_dpd)s end,
               case when number >= %(severe_episodes)s then due_on + 1 end) as severe_on
    from counted c
)
select line_id * 100000 + (due_on + 1 - date '1970-01-01'), customer_id, line_id, due_on + 1,
       cured_on, case when severe_on is null then 'general' else 'severe' end, severe_on, due_on
from judged order by due_on, customer_id;

insert into risk_episodeage (episode_id, customer_id, "on", oldest_due)
select id, customer_id, opened_on, oldest_due from risk_episode order by opened_on, customer_id;

insert into risk_episodebill (episode_id, bill_id, customer_id, joined_on)
select e.id, k.bill_id, k.customer_id, k.due_on + 1
from risk_episode e
join benchmark_known k on k.customer_id = e.customer_id and k.bill_id is not null
 and (k.due_on + 1 = e.opened_on and k.repaid_on = e.cured_on
      or e.cured_on is null and k.i between 1 and k.unpaid and k.due_on < %(start)s)
order by k.due_on, k.customer_id;

insert into risk_point ("on", customer_id, cause, threshold, points, evidence_id, expires_on,
                        lasts_days, policy_id, booked_on)
with numbered as (
    select e.*, count(*) over (
               partition by customer_id order by opened_on
               range between '364 days' preceding and current row) as number,
           lead(opened_on) over (partition by customer_id order by opened_on) as next_opened
    from risk_episode e
),
drawn as (
    select e.oldest_due + m.dpd as on_, e.customer_id, 'past_due' as cause, m.dpd as threshold,
           m.points, e.id as evidence_id, null::int as lives, %(adverse_lasts_days)s::int as lasts
    from numbered e
    join unnest(%(past_due)s::int[], %(past_due_points)s::int[]) m(dpd, points)
      on e.oldest_due + m.dpd <= coalesce(e.cured_on, %(start)s)
    union all
    select e.opened_on, e.customer_id, 'repeat', m.number, m.points, e.id, null,
           %(adverse_lasts_days)s::int
    from numbered e
    cross join lateral (
        select m.number, m.points
        from unnest(%(repeat)s::int[], %(repeat_points)s::int[]) m(number, points)
        where m.number <= e.number
        order by m.number desc
        limit 1
    ) m
    union all
    select e.cured_on, e.customer_id, 'cured', 0,
           case e.severity when 'severe' then %(cured_severe)s else %(cured_general)s end, e.id,
           %(cured_lives)s, null
    from numbered e where e.cured_on is not null
    union all
    select e.cured_on + m.days, e.customer_id, 'clean', m.days, m.points, e.id, m.lives, null
    from numbered e
    join unnest(%(clean)s::int[], %(clean_points)s::int[], %(clean_lives)s::int[])
        m(days, points, lives)
      on e.cured_on + m.days <= %(start)s
     and (e.next_opened is null or e.next_opened > e.cured_on + m.days)
    union all
    select due_on + 1, customer_id, 'paid_on_time', 0, %(on_time_points)s, bill_id,
           %(on_time_lives)s, null
    from benchmark_known where repaid_on <= due_on and due_on < %(start)s
    union all
    select issued_on + 1, customer_id, 'high_utilisation', 0, %(brim_points)s, line_id,
           %(brim_lives)s, null
    from benchmark_known where brim and issued_on < %(start)s
    union all
    select (p.opened_on + make_interval(years => y))::date, p.customer_id, 'tenure', y,
           %(tenure_points)s, p.customer_id, null, null
    from benchmark_person p cross join generate_series(1, 40) y
    where (p.opened_on + make_interval(years => y))::date <= %(start)s
)
select on_, customer_id, cause, threshold, points, evidence_id, on_ + lives, lasts,
       %(policy_id)s::bigint, on_
from drawn where points <> 0
order by on_, cause, customer_id, threshold, evidence_id;

insert into risk_score (customer_id, points, score)
select c.customer_id, coalesce(x.points, 0),
       least(greatest(%(initial)s + coalesce(x.points, 0), %(floor)s), %(ceiling)s)
from benchmark_person c
left join (
    select p.customer_id, sum(p.points) as points
    from risk_point p
    left join risk_episode e on e.id = p.evidence_id and p.cause in ('past_due', 'repeat')
    where (p.expires_on is null or p.expires_on > %(start)s)
      and (e.cured_on is null or p.lasts_days is null or e.cured_on + p.lasts_days > %(start)s)
    group by p.customer_id
) x on x.customer_id = c.customer_id
order by c.customer_id;
