-- What a fact learned late took back, a row a day and cause (risk/timeline/credit.py).
select c."on", 90, 'correction', max(c.id),
       jsonb_build_object('because_of', c.because_of, 'at', min(c.at),
           'taken_back', count(*) filter (where c.act = 'reversed'),
           'returned', count(*) filter (where c.act = 'returned'))
from risk_correction c where c.customer_id = %(customer)s
group by c."on", c.because_of
