-- A channel's day: opening + in - out = closing.
with moved as (
    select coalesce((
               select sum(f.amount) from billing_channelpayment p
               join billing_fact f on f.id = p.fact_id
               where p.channel_id = %(channel)s and f.booked_on = %(day)s), 0)
         - coalesce((
               select sum(o.amount) from billing_channelpayment p
               join billing_fact f on f.id = p.reversal_id
               join billing_fact o on o.id = p.fact_id
               where p.channel_id = %(channel)s and f.booked_on = %(day)s), 0) as came_in,
           coalesce((
               select sum(case l.kind when 'payment' then l.amount else -l.amount end)
               from billing_settlementfile s join billing_settlementline l on l.file_id = s.id
               where s.channel_id = %(channel)s and s.day = %(day)s and l.error is null), 0
           ) as paid_out,
           coalesce((
               select d.closing from billing_channelday d
               where d.channel_id = %(channel)s and d.day < %(day)s
               order by d.day desc limit 1), 0) as opening,
           (select count(*) from billing_settlementfile s
            join billing_settlementline l on l.file_id = s.id
            where s.channel_id = %(channel)s and s.day = %(day)s) as lines,
           (select count(*) from billing_break b
            where b.channel_id = %(channel)s and b.day = %(day)s) as broken,
           (select count(*) from billing_break b
            where b.channel_id = %(channel)s and b.day = %(day)s and b.line_id is not null
           ) as broken_lines
)
insert into billing_channelday (channel_id, day, opening, came_in, paid_out, closing, matched,
                                broken)
select %(channel)s, %(day)s, opening, came_in, paid_out, opening + came_in - paid_out,
       greatest(lines - broken_lines, 0), broken
from moved
on conflict (channel_id, day) do update
set opening = excluded.opening, came_in = excluded.came_in, paid_out = excluded.paid_out,
    closing = excluded.closing, matched = excluded.matched, broken = excluded.broken
where (billing_channelday.opening, billing_channelday.came_in, billing_channelday.paid_out,
       billing_channelday.matched, billing_channelday.broken)
   is distinct from
      (excluded.opening, excluded.came_in, excluded.paid_out, excluded.matched, excluded.broken)
