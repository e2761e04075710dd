-- Payments of the book, up to a value date, that no line of the channel has.
insert into billing_break (channel_id, day, kind, payment_id, in_book, state)
select p.channel_id, %(day)s, 'missing_at_channel', p.id, p.amount, 'open'
from billing_channelpayment p
where p.channel_id = %(channel)s and p.state = 'booked'
  and p.value_on between %(since)s and %(through)s
  and not exists (
      select from billing_settlementline l
      where l.channel_id = p.channel_id and l.payment_id = p.payment_id and l.kind = 'payment')
on conflict do nothing
