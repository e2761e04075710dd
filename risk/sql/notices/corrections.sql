-- What a customer was sent and is no longer true, told in one notice: each such notice is corrected
-- once. Only a late fact makes it so, hence for the customers of the fact alone.
select w.customer_id, 'correction', 'notice/' || max(w.id), '', %(day)s::date,
       jsonb_build_object('notices', jsonb_agg(w.id order by w.id)), max(w.id)
from (
    select n.id, n.customer_id
    from accounts_notice n
    where n.sent_at is not null and {scope:n}
      and case n.kind
          when 'overdue' then exists (
              select from risk_episode e
              where e.id = (n.context ->> 'episode')::bigint and e.reversed_on is not null)
          when 'restriction_opened' then exists (
              select from risk_restriction r
              where r.id in (select jsonb_array_elements_text(n.context -> 'restrictions')::bigint)
                and r.reversed_on is not null)
          when 'plan_broken' then not exists (
              select from billing_plan p
              where p.id = (n.context ->> 'plan')::bigint and p.status = 'broken')
          when 'plan_completed' then not exists (
              select from billing_plan p
              where p.id = (n.context ->> 'plan')::bigint and p.status = 'completed')
          else false end
) w
where not exists (
    select from accounts_notice c
    where c.customer_id = w.customer_id and c.kind = 'correction'
      and c.context -> 'notices' @> to_jsonb(w.id)
)
group by w.customer_id
