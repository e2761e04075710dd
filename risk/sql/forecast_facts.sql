-- In a shadow run: the customers' own facts and decisions, so that supposed ones can stand beside
-- them and nothing real is written.
with facts as (
    insert into billing_fact select f.* from public.billing_fact f where {scope:f}
    returning id
),
parts as (
    insert into billing_planinstalment
    select i.* from public.billing_planinstalment i
    join public.billing_fact f on f.id = i.fact_id where {scope:f}
)
insert into risk_decision select d.* from public.risk_decision d where {scope:d}
