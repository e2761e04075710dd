"""What a customer owed at the end of a day: the sums of the entries up to it."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

_OWED = """
select b.number, l.product, b.due_on,
       coalesce(sum(e.amount) filter (where e.component = 'principal'), 0),
       coalesce(sum(e.amount) filter (where e.component = 'interest'), 0),
       coalesce(sum(e.amount) filter (where e.component = 'fee'), 0)
from billing_entry e
join billing_bill b on b.id = e.bill_id
join billing_creditline l on l.id = b.line_id
where e.customer_id = %(customer)s and e.value_on <= %(as_of)s and e.component <> 'books'
group by b.id, b.number, l.product, b.due_on
having sum(e.amount) > 0
order by b.due_on, b.issued_on, b.sequence
"""


@dataclass(frozen=True)
class Owed:
    """A bill that owes something; amounts in the currency's major unit."""

    number: str
    product: str
    due_on: datetime.date
    principal: Decimal
    interest: Decimal
    fee: Decimal

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest + self.fee


def owed(customer_id: int, as_of: datetime.date) -> dict[str, Owed]:
    """By bill number, the oldest due date first; as known now of the end of `as_of`."""
    with connection.cursor() as cursor:
        cursor.execute(_OWED, {"customer": customer_id, "as_of": as_of})
        return {row[0]: Owed(*row) for row in cursor.fetchall()}
