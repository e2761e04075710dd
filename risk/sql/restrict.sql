-- RULES, Restrictions: a rule restricts a line exactly as long as its trigger holds, under the
-- policy of the day, and no exemption covers it. What should hold is compared with what stands:
-- the difference is opened or lifted, with the rows that made the trigger hold as evidence, and
-- the line's status is folded anew. At the opening the decisions of the day itself are not in yet.
-- A night runs it for the customers that touched_by_the_day.sql names.
with rules as materialized (
    select * from unnest(
        %(codes)s::text[], %(triggers)s::text[], %(targets)s::text[], %(effects)s::text[],
        %(factors)s::numeric[], %(hold_days)s::int[], %(scores)s::int[], %(alerts)s::text[]
    ) as r(code, trigger, target, effect, factor, hold_days, score, alert)
),
candidates as materialized (
    select s.customer_id from risk_score s where {scope:s}
),
episodes as materialized (
    select e.id, e.customer_id, e.line_id, e.severity, e.cured_on,
           greatest(e.opened_on, e.severe_on) as born_on
    from candidates x join risk_episode e on e.customer_id = x.customer_id
    where e.reversed_on is null
      and (e.cured_on is null or e.cured_on > %(day)s::date - %(longest_hold)s)
),
held as materialized (
    select l.id as line_id, l.customer_id, r.code, r.trigger, r.effect, r.factor,
           'episode' as kind, e.id as evidence_id, e.born_on
    from episodes e
    join rules r on r.trigger = 'own_overdue'
      or r.trigger = 'linked_general' and e.severity = 'general'
      or r.trigger = 'linked_severe' and e.severity = 'severe'
    join billing_creditline l on l.customer_id = e.customer_id
     and (l.id = e.line_id) = (r.trigger = 'own_overdue')
     and (r.target = 'any' or r.target = l.product)
    where e.cured_on is null or %(day)s < e.cured_on + r.hold_days
    union all
    select l.id, l.customer_id, r.code, r.trigger, r.effect, r.factor, 'score', s.score, null
    from rules r
    join (select s.* from candidates x join risk_score s on s.customer_id = x.customer_id) s
      on r.trigger = 'score_below' and s.score < r.score
    join billing_creditline l on l.customer_id = s.customer_id
     and (r.target = 'any' or r.target = l.product)
    union all
    select l.id, l.customer_id, r.code, r.trigger, r.effect, r.factor, 'alert', a.id, a.opened_on
    from candidates x
    join risk_alert a on a.customer_id = x.customer_id
     and a.closed_on is null and a.reversed_on is null
    join rules r on r.trigger = 'alert' and r.alert = a.code
    join billing_creditline l on l.customer_id = a.customer_id
     and (r.target = 'any' or r.target = l.product)
    union all
    select l.id, l.customer_id, r.code, r.trigger, r.effect, r.factor, 'plan', p.id, p.ended_on
    from candidates x
    join billing_plan p on p.customer_id = x.customer_id and p.status = 'broken'
    join rules r on r.trigger = 'plan_broken' and %(day)s < p.ended_on + r.hold_days
    join billing_creditline l on l.customer_id = p.customer_id
     and (r.target = 'any' or r.target = l.product)
),
by_staff as materialized (
    select d.line_id, d.customer_id, 'manual:' || d.number as code, d.effect,
           coalesce(d.factor, 0) as factor, d.id, d.value_on, (
               select min(x.value_on) from risk_decision x
               where x.kind = 'lift' and x.customer_id = d.customer_id and x.number = d.number
                 and x.value_on <= %(decided_through)s
           ) as lifted_on
    from candidates x join risk_decision d on d.customer_id = x.customer_id
    where d.kind = 'restrict' and d.value_on <= %(decided_through)s
),
due as materialized (
    select h.* from (
        select * from held
        union all
        select line_id, customer_id, code, 'manual', effect, factor, 'decision', id, value_on
        from by_staff where lifted_on is null
    ) h
    where not exists (
        select from risk_decision d
        where d.kind = 'exempt' and d.customer_id = h.customer_id and d.line_id = h.line_id
          and d.code = h.code and d.value_on <= %(decided_through)s and %(day)s < d.until_on
    )
),
rule_due as materialized (
    select distinct line_id, customer_id, code, trigger, effect, factor from due
),
standing as materialized (
    select r.id, r.line_id, r.customer_id, r.code, r.trigger, r.effect, r.factor
    from candidates x join risk_restriction r on r.customer_id = x.customer_id
    where r.until_on is null and r.reversed_on is null
),
lifted as (
    update risk_restriction r set until_on = %(day)s
    from standing s
    where r.id = s.id and not exists (
        select from rule_due d
        where d.line_id = s.line_id and d.code = s.code and d.trigger = s.trigger
          and d.effect = s.effect and d.factor = s.factor
    )
    returning r.line_id, r.customer_id, r.code
),
opened as (
    insert into risk_restriction (customer_id, line_id, code, trigger, effect, factor, policy_id,
                                  from_on, until_on)
    select d.customer_id, d.line_id, d.code, d.trigger, d.effect, d.factor,
           %(policy_id)s::bigint, %(day)s, null::date
    from rule_due d
    where not exists (
        select from standing s
        where d.line_id = s.line_id and d.code = s.code and d.trigger = s.trigger
          and d.effect = s.effect and d.factor = s.factor
    )
    union all
    select customer_id, line_id, code, 'manual', effect, factor, %(policy_id)s::bigint, %(day)s,
           %(day)s
    from by_staff b
    where value_on = %(day)s and lifted_on = %(day)s
      and not exists (
          select from standing s where s.line_id = b.line_id and s.code = b.code
      )
    on conflict (line_id, code, trigger, effect, factor, from_on) do update
    set until_on = excluded.until_on, reversed_on = null
    where risk_restriction.until_on is distinct from excluded.until_on
       or risk_restriction.reversed_on is not null
    returning id, line_id, customer_id, code, trigger, effect, factor, until_on
),
evidence as (
    insert into risk_restrictionevidence (restriction_id, customer_id, kind, evidence_id, "on")
    select coalesce(o.id, s.id), d.customer_id, d.kind, d.evidence_id, %(day)s
    from due d
    left join opened o on o.line_id = d.line_id and o.code = d.code and o.trigger = d.trigger
     and o.effect = d.effect and o.factor = d.factor
    left join standing s on s.line_id = d.line_id and s.code = d.code and s.trigger = d.trigger
     and s.effect = d.effect and s.factor = d.factor
    where o.id is not null or d.born_on = %(day)s
    union all
    select o.id, o.customer_id, 'decision', b.id, %(day)s
    from opened o join by_staff b on b.line_id = o.line_id and b.code = o.code
    where o.until_on is not null
    on conflict do nothing
),
touched as materialized (
    select line_id, customer_id from lifted
    union
    select line_id, customer_id from opened
),
folded as materialized (
    select t.line_id, t.customer_id, count(d.line_id) as causes,
           bool_or(d.effect = 'suspend') as suspended, min(d.factor) as factor
    from touched t left join rule_due d on d.line_id = t.line_id
    group by t.line_id, t.customer_id
),
freed as (
    delete from risk_linestatus s using folded f where s.line_id = f.line_id and f.causes = 0
),
set_status as (
    insert into risk_linestatus (line_id, customer_id, status, factor)
    select line_id, customer_id, case when suspended then 'suspended' else 'reduced' end,
           case when suspended then 0 else factor end
    from folded where causes > 0
    on conflict (line_id) do update set status = excluded.status, factor = excluded.factor
    where (risk_linestatus.status, risk_linestatus.factor)
          is distinct from (excluded.status, excluded.factor)
)
select (select count(*) from opened) as opened, (select count(*) from lifted) as lifted,
       (select count(*) from folded where causes = 0) as lines_released,
       (select count(distinct customer_id) from opened) as customers_restricted,
       (select count(*) from opened where until_on is not null) as zero_length
