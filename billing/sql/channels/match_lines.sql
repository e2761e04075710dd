-- The lines of a file that the book does not say the same of. A line without a break is matched.
with mine as materialized (
    select l.id, l.channel_id, l.kind, l.payment_id, l.amount, l.value_on, l.error
    from billing_settlementline l where l.file_id = %(file)s
),
compared as (
    select m.id, m.kind, m.amount, m.value_on, m.error, p.id as payment_id, p.state,
           p.amount as booked, p.value_on as booked_value, p.reversal_id,
           m.error is null and (
               row_number() over (partition by m.kind, m.payment_id order by m.id) > 1
               or exists (
                   select from billing_settlementline o
                   where o.channel_id = m.channel_id and o.payment_id = m.payment_id
                     and o.kind = m.kind and o.file_id < %(file)s)) as again
    from mine m
    left join billing_channelpayment p
      on p.channel_id = m.channel_id and p.payment_id = m.payment_id
),
found as (
    select id, payment_id, booked, amount,
           case when error is not null then 'unreadable'
                when again then 'duplicate'
                when payment_id is null or state in ('suspense', 'awaiting')
                     or kind = 'reversal' and state <> 'reversed' then 'missing_in_book'
                when kind = 'payment' and booked <> amount then 'amount_differs'
                when kind = 'payment' and booked_value <> value_on then 'date_differs'
           end as kind
    from compared
)
insert into billing_break (channel_id, day, kind, file_id, line_id, payment_id, in_book,
                           at_channel, state)
select %(channel)s, %(day)s, kind, %(file)s, id, payment_id, booked, amount, 'open'
from found where kind is not null
on conflict do nothing
