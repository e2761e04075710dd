-- What a freeze of interest of a line from %(on)s until the day before %(until)s takes off the
-- instalments that are not billed yet, beyond what is held already: the same formula as that of
-- billing/sql/issue_instalments.sql, with and without the freeze.
with charges as (
    select c.*, (c.value_on + make_interval(months => c.n - 1))::date as since,
           c.due_on - (c.value_on + make_interval(months => c.n - 1))::date as period
    from billing_charge c
    where c.line_id = %(line)s and c.customer_id = %(customer)s and c.bill_id is null
      and c.due_on is not null and c.interest > 0
),
spans as (
    select c.id, false as new,
           daterange(greatest(h.started_on, c.since + 1),
                     least(coalesce(h.until_on, c.due_on + 1), c.due_on + 1)) as days
    from charges c
    join billing_hold h on h.customer_id = c.customer_id and h.line_id = c.line_id
     and h.interest and h.started_on <= c.due_on
     and (h.until_on is null or h.until_on > greatest(h.started_on, c.since + 1))
     and (h.bill_numbers is null or c.number = any(h.bill_numbers))
    union all
    select c.id, true, daterange(greatest(%(on)s::date, c.since + 1),
                                 least(%(until)s::date, c.due_on + 1))
    from charges c
    where greatest(%(on)s::date, c.since + 1) < least(%(until)s::date, c.due_on + 1)
),
held as (
    select c.id, c.interest, c.period,
           coalesce((select sum(upper(d) - lower(d)) from unnest(
               (select range_agg(s.days) from spans s where s.id = c.id and not s.new)) d), 0)
               as before,
           coalesce((select sum(upper(d) - lower(d)) from unnest(
               (select range_agg(s.days) from spans s where s.id = c.id)) d), 0) as after
    from charges c
)
select coalesce(sum(round(interest * (period - before) / period, 2)
                    - round(interest * (period - after) / period, 2)), 0)
from held
