-- Books the amounts of the bills issued now, and applies the line's credit balance to them first
-- (RULES, The day, 1). What a dispute decided for the customer took out was never owed: the bill
-- counts without it from its first day (RULES, Money).
with fresh as (
    select b.id, b.customer_id, b.line_id, b.number, b.origin, b.issued_on, b.booked_on,
           b.sequence, b.due_on, b.principal, b.interest, l.product
    from billing_bill b join billing_creditline l on l.id = b.line_id
    where b.issued_on = %(day)s and {scope:b}
      and b.origin = any(%(origins)s::text[])
      and (%(facts)s::bigint[] is null or b.id = any(%(facts)s::bigint[]))
      and not exists (
          select from billing_entry e
          where e.value_on = b.issued_on and e.customer_id = b.customer_id
            and e.bill_id = b.id and e.kind = 'issued'
      )
),
upheld as (
    select d.bill_id, least(d.amount, d.principal) as amount
    from (
        select distinct on (b.id) b.id as bill_id, b.principal, d.id, d.amount, d.bill_number,
               d.value_on, d.booked_on
        from fresh b
        join billing_fact d on d.bill_number = b.number and d.kind = 'dispute'
        where b.origin <> 'disputed'
          and (d.value_on > b.issued_on or d.value_on = b.issued_on
               and (b.origin not in ('booked', 'settled') or (d.booked_on, d.id) > (b.booked_on, b.sequence)))
        order by b.id, d.value_on, d.booked_on, d.id
    ) d
    cross join lateral (
        select r.outcome
        from billing_fact r
        where r.bill_number = d.bill_number and r.kind = 'resolve_dispute'
          and (r.value_on, r.booked_on, r.id) > (d.value_on, d.booked_on, d.id)
        order by r.value_on, r.booked_on, r.id
        limit 1
    ) r
    where r.outcome = 'customer'
),
owed as (
    select f.*, coalesce(u.amount, 0) as upheld, f.principal - coalesce(u.amount, 0) as net,
           s.credit,
           coalesce(sum(f.principal - coalesce(u.amount, 0) + f.interest) over (
               partition by f.line_id
               order by f.due_on, f.sequence, f.id
               rows between unbounded preceding and 1 preceding), 0) as before
    from fresh f
    left join upheld u on u.bill_id = f.id
    join billing_linestate s on s.line_id = f.line_id
),
applied as (
    select o.*, least(o.net + o.interest, greatest(o.credit - o.before, 0)) as paid
    from owed o
),
split as (
    select a.*, least(a.interest, a.paid) as paid_interest,
           a.paid - least(a.interest, a.paid) as paid_principal,
           case when a.origin in ('booked', 'disputed', 'settled') then a.id end as fact_id
    from applied a
),
booked as (
    insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, bill_id,
                               component, kind, amount, fact_id)
    select %(day)s, %(day)s, %(booked_on)s, s.customer_id, s.line_id, s.id, e.component, e.kind,
           e.amount, s.fact_id
    from split s
    cross join lateral (values
        ('principal', 'issued', s.principal),
        ('interest', 'issued', s.interest),
        ('principal', 'upheld', -s.upheld),
        ('interest', 'credited', -s.paid_interest),
        ('principal', 'credited', -s.paid_principal)
    ) e(component, kind, amount)
    where e.amount <> 0 or e.component = 'principal' and e.kind = 'issued'
),
spent as (
    select line_id, customer_id, fact_id, sum(paid) as amount
    from split where paid > 0 group by line_id, customer_id, fact_id
),
spent_entries as (
    insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, component, kind,
                               amount, fact_id)
    select %(day)s, %(day)s, %(booked_on)s, customer_id, line_id, 'credit', 'credited', -amount,
           fact_id
    from spent
),
spent_credit as (
    update billing_linestate s set credit = s.credit - t.amount
    from (select line_id, sum(amount) as amount from spent group by line_id) t
    where s.line_id = t.line_id
),
opened as (
    insert into billing_openbill (bill_id, customer_id, line_id, product, due_on, principal,
                                  interest, cap_principal)
    select id, customer_id, line_id, product, due_on, net - paid_principal,
           interest - paid_interest, net
    from split
    where net + interest > paid
    on conflict do nothing
)
select count(*) as bills, coalesce(sum(net + interest), 0) as amount from split
