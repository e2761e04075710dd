-- Open offers whose last day has passed, but not a customer's own that staff have taken up and
-- that waits for its approval. Each leaves its move; what is left of an appeal is told.
with over as (
    update appeals_offer o set state = 'expired'
    where o.state = 'open' and o.expires_on < %(today)s
      and not exists (select from appeals_offer r
                      where r.replies_to_id = o.id and r.state = 'waiting_approval')
    returning o.id, o.appeal_id
),
logged as (
    insert into appeals_offerevent (offer_id, step, at, words)
    select id, 'expired', %(at)s, '' from over
)
select id from over order by id
