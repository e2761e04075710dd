-- Facts and what followed from them in money, as the engine records it, in the order of days.
insert into billing_fact (id, customer_id, line_id, kind, number, booked_on, value_on, amount,
                          interest, due_on)
select bill_id, customer_id, line_id, 'bill', number, issued_on, issued_on, principal, interest,
       due_on
from benchmark_known where product = 'pay_later' order by bill_id;

insert into billing_fact (id, customer_id, line_id, kind, number, booked_on, value_on, amount)
select repay_id, customer_id, line_id, 'repay', 'R' || repay_id, repaid_on, repaid_on,
       principal + interest + fees * fee
from benchmark_known where repay_id is not null order by repay_id;

insert into billing_fact (id, customer_id, line_id, kind, number, booked_on, value_on, amount,
                          instalments)
select draw_id, customer_id, line_id, 'draw', 'D' || customer_id || '-' || block, drawn_on,
       drawn_on, amount, instalments
from benchmark_loan order by draw_id;

insert into billing_bill (id, customer_id, line_id, number, origin, issued_on, booked_on, sequence,
                          due_on, principal, interest)
select bill_id, customer_id, line_id, number,
       case product when 'pay_later' then 'booked' else 'instalment' end, issued_on, issued_on,
       case product when 'pay_later' then bill_id else draw_id end, due_on, principal, interest
from benchmark_known where bill_id is not null order by bill_id;

insert into billing_charge (fact_id, n, customer_id, line_id, number, value_on, booked_on, due_on,
                            principal, interest, rate, bill_id)
select draw_id, n, customer_id, line_id, number, drawn_on, drawn_on, due_on, principal, interest,
       %(interest_rate)s::numeric, bill_id
from benchmark_known where draw_id is not null order by drawn_on, customer_id, n;

insert into billing_linestate (line_id, customer_id, assigned_limit, unbilled)
select l.id, l.customer_id, l.opening_limit, coalesce(k.unbilled, 0)
from billing_creditline l
left join (
    select line_id, sum(principal) as unbilled from benchmark_known where bill_id is null
    group by line_id
) k on k.line_id = l.id
order by l.id;

insert into billing_openbill (bill_id, customer_id, line_id, product, due_on, principal, interest,
                              fee, fees_charged, cap_principal, overdue_on)
select bill_id, customer_id, line_id, product, due_on, principal, interest, fees * fee, fees * fee,
       principal, case when due_on < %(start)s then due_on + 1 end
from benchmark_known where bill_id is not null and repaid_on is null order by bill_id;

insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, bill_id, component,
                           kind, amount, fact_id)
select on_, on_, on_, customer_id, line_id, bill_id, component, kind, amount, fact_id
from (
    select k.issued_on as on_, k.customer_id, k.line_id, k.bill_id, e.component, 'issued' as kind,
           e.amount, case k.product when 'pay_later' then k.bill_id end as fact_id
    from benchmark_known k
    cross join lateral (values ('principal', k.principal), ('interest', k.interest))
        e(component, amount)
    where k.bill_id is not null and (e.amount <> 0 or e.component = 'principal')
    union all
    select k.due_on + late, k.customer_id, k.line_id, k.bill_id, 'fee', 'fee', k.fee, null
    from benchmark_known k cross join lateral generate_series(1, k.fees) late
    where k.bill_id is not null and k.fee > 0
    union all
    select k.repaid_on, k.customer_id, k.line_id, k.bill_id, e.component, 'repaid', -e.amount,
           k.repay_id
    from benchmark_known k
    cross join lateral (values ('fee', k.fees * k.fee), ('interest', k.interest),
                               ('principal', k.principal)) e(component, amount)
    where k.repay_id is not null and e.amount > 0
) x
order by on_, kind, customer_id, bill_id;
