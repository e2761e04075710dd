-- Breaks whose cause is gone: the line came, or the payment was booked or taken back as it says.
with cleared as (
    update billing_break b
    set state = 'settled', remedy = 'cleared', settled_at = %(at)s
    from billing_channelpayment p
    where b.channel_id = %(channel)s and b.state in ('open', 'asked') and p.id = b.payment_id
      and (b.kind = 'missing_at_channel' and (p.state = 'reversed' or exists (
               select from billing_settlementline l
               where l.channel_id = p.channel_id and l.payment_id = p.payment_id
                 and l.kind = 'payment'))
        or b.kind = 'missing_in_book' and exists (
               select from billing_settlementline l
               where l.id = b.line_id
                 and (l.kind = 'payment' and p.state = 'booked' and p.amount = l.amount
                      or l.kind = 'reversal' and p.state = 'reversed')))
    returning b.id
)
insert into billing_breakevent (of_id, at, did, words)
select id, %(at)s, 'cleared', '' from cleared
