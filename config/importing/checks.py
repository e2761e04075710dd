"""What only shows between rows, and against the book: set-based, one query a check.

Each query gives kind (empty for customers), line, the staging field at fault, and what the reason
needs: `old` and `new`. Values that are null were refused already when their cell was read.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from config.importing.cells import FIRST_DATE, LAST_DATE
from config.importing.layout import CUSTOMERS, FACTS
from config.importing.problems import Problem, Problems
from config.importing.read import cells_at, problem
from config.importing.source import Source

Reason = Callable[[Mapping[str, object]], str]
Found = tuple[str, int, str, str | None, str | None]


@dataclass(frozen=True)
class Check:
    """`needs_customers`: says nothing where the file of customers could not be read whole."""

    query: str
    reason: Reason
    needs_customers: bool = False


REPEATED = f"""
select kind, line, 'number' as field, first::text as old, null as new from (
    select '' as kind, line, min(line) over (partition by number) as first
    from pg_temp.{CUSTOMERS} where number is not null
    union all
    select kind, line, min(line) over (partition by kind, number)
    from pg_temp.{FACTS} where number is not null
) ids
where line > first
"""

UNKNOWN_CUSTOMER = f"""
select kind, line, 'customer' as field, null as old, null as new from pg_temp.{FACTS} f
where f.customer is not null
  and not exists (select from pg_temp.{CUSTOMERS} c where c.number = f.customer)
  and not exists (select from accounts_customer a where a.number = f.customer)
"""

NO_LINE = f"""
select f.kind, f.line, 'product' as field, f.product as old, null as new
from pg_temp.{FACTS} f
left join accounts_customer a on a.number = f.customer
left join pg_temp.{CUSTOMERS} c on c.number = f.customer and a.id is null
left join billing_creditline l on l.customer_id = a.id and l.product = f.product
where f.product is not null and (
    a.id is not null and l.id is null
    or not c.bad and case f.product
        when 'pay_later' then c.pay_later_limit else c.cash_loan_limit end is null)
"""

BEFORE_OPENED = f"""
select f.kind, f.line, 'value' as field, coalesce(l.opened_on, a.opened_on, c.opened)::text as old,
       null as new
from pg_temp.{FACTS} f
left join accounts_customer a on a.number = f.customer
left join pg_temp.{CUSTOMERS} c on c.number = f.customer and a.id is null
left join billing_creditline l on l.customer_id = a.id and l.product = f.product
where f.value < coalesce(l.opened_on, a.opened_on, c.opened)
"""

VALUE_AFTER_BOOKED = f"""
select kind, line, 'value' as field, booked::text as old, null as new
from pg_temp.{FACTS} where value > booked
"""

DUE_BEFORE_ISSUED = f"""
select kind, line, 'due' as field, value::text as old, null as new
from pg_temp.{FACTS} where due < value
"""

OUT_OF_RANGE = f"""
select kind, line, field, date::text as old, null as new from (
    select '' as kind, line, 'opened' as field, opened as date from pg_temp.{CUSTOMERS}
    union all
    select kind, line, field, date from pg_temp.{FACTS}
    cross join lateral (values ('booked', booked), ('due', due),
        ('value', case when kind <> 'bill' then value end)) dates(field, date)
) every
where date not between '{FIRST_DATE}' and '{LAST_DATE}'
"""

BEFORE_RULES = f"""
select '' as kind, c.line, 'opened' as field, %(first_day)s::date::text as old, null as new
from pg_temp.{CUSTOMERS} c
where c.opened < %(first_day)s::date
  and not exists (select from accounts_customer a where a.number = c.number)
"""

OTHER_CUSTOMER = f"""
select '' as kind, c.line, v.field, v.old, v.new
from pg_temp.{CUSTOMERS} c
join accounts_customer a on a.number = c.number
left join billing_creditline p on p.customer_id = a.id and p.product = 'pay_later'
left join billing_creditline l on l.customer_id = a.id and l.product = 'cash_loan'
cross join lateral (values
    ('name', a.name, c.name),
    ('opened', a.opened_on::text, c.opened::text),
    ('pay_later_limit', p.opening_limit::text, c.pay_later_limit::text),
    ('cash_loan_limit', l.opening_limit::text, c.cash_loan_limit::text),
    ('language', a.language, coalesce(c.language, a.language)),
    ('phone', case when a.phone_index <> c.phone_index then '***' end, null),
    ('id_number', case when a.id_number_index <> c.id_number_index then '***' end, null)
) v(field, old, new)
where not c.bad and v.old is distinct from v.new
"""

OTHER_FACT = f"""
select f.kind, f.line, v.field, v.old, v.new
from pg_temp.{FACTS} f
join billing_fact e on e.number = f.number and e.kind = f.kind
join accounts_customer a on a.id = e.customer_id
join billing_creditline l on l.id = e.line_id
cross join lateral (values
    ('customer', a.number, f.customer),
    ('product', l.product, f.product),
    ('booked', case when f.kind <> 'bill' or e.booked_on <> f.booked then e.booked_on end::text,
               case when f.kind <> 'bill' or e.booked_on <> f.booked then f.booked end::text),
    ('value', case when f.kind <> 'bill' or e.booked_on = f.booked then e.value_on end::text,
              case when f.kind <> 'bill' or e.booked_on = f.booked then f.value end::text),
    ('amount', e.amount::text, f.amount::text),
    ('interest', e.interest::text, f.interest::text),
    ('due', e.due_on::text, f.due::text),
    ('instalments', e.instalments::text, f.instalments::text)
) v(field, old, new)
where not f.bad and v.old is distinct from v.new
"""

# A bill of this number would meet one that the engine made of purchases, a draw or a dispute.
OWN_BILL = f"""
select f.kind, f.line, 'number' as field, null as old, null as new
from pg_temp.{FACTS} f
where f.kind = 'bill' and (
    exists (select from billing_bill b where b.number = f.number and b.origin <> 'booked')
    or f.number ~ '/[0-9]+$' and (
        exists (select from pg_temp.{FACTS} d where d.kind = 'draw'
                and d.number = regexp_replace(f.number, '/[0-9]+$', ''))
        or exists (select from billing_fact d where d.kind = 'draw'
                   and d.number = regexp_replace(f.number, '/[0-9]+$', ''))))
"""

INSTALMENT_TAKEN = f"""
select f.kind, f.line, 'number' as field, b.number as old, null as new
from pg_temp.{FACTS} f
cross join lateral generate_series(1, f.instalments) n
join billing_fact b on b.number = f.number || '/' || n and b.kind = 'bill'
where f.kind = 'draw'
"""

CHECKS: tuple[Check, ...] = (
    Check(REPEATED, lambda v: _("is there already on line %(old)s") % v),
    Check(UNKNOWN_CUSTOMER, lambda v: _("is no customer of the file or the book") % v, True),
    Check(NO_LINE, lambda v: _("the customer has no such line: %(old)s") % v),
    Check(BEFORE_OPENED, lambda v: _("is before the customer's first day, %(old)s") % v),
    Check(VALUE_AFTER_BOOKED, lambda v: _("is after the booking date, %(old)s") % v),
    Check(DUE_BEFORE_ISSUED, lambda v: _("is before the bill's date, %(old)s") % v),
    Check(OUT_OF_RANGE, lambda v: _("is not between 1900 and 2199 once shifted: %(old)s") % v),
    Check(BEFORE_RULES, lambda v: _("is before the first day of the book's rules, %(old)s") % v),
    Check(OTHER_CUSTOMER, lambda v: _other(v)),
    Check(OTHER_FACT, lambda v: _other(v)),
    Check(OWN_BILL, lambda v: _("is a number that the book gives to its own bills") % v),
    Check(INSTALMENT_TAKEN, lambda v: _("would make a bill of the number %(old)s") % v),
)


def run(
    sources: list[Source],
    problems: Problems,
    *,
    first_day: datetime.date | None,
    customers_whole: bool,
) -> None:
    """Run every check; `first_day` is that of the book's rules, None if it has none yet."""
    by_kind = {source.layout.kind: source for source in sources}
    found: list[tuple[Check, Found]] = []
    for check in CHECKS:
        if check.needs_customers and not customers_whole:
            continue
        rows, total = _rows(check, first_day, problems.limit)
        found += [(check, row) for row in rows]
        problems.add_some([], total)
    for kind, source in by_kind.items():
        mine = [(check, row) for check, row in found if row[0] == kind]
        problems.add_some(list(_problems(source, mine)), 0)


def _rows(check: Check, first_day: datetime.date | None, limit: int) -> tuple[list[Found], int]:
    """The first errors by file and line, and how many there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select x.*, count(*) over () from ({check.query}) x "
            "order by array_position(array['', 'bill', 'repay', 'purchase', 'draw'], kind), line "
            "limit %(limit)s",
            {"first_day": first_day, "limit": limit},
        )
        rows = cursor.fetchall()
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows], rows[0][5] if rows else 0


def _problems(source: Source, found: list[tuple[Check, Found]]) -> Iterator[Problem]:
    if not found:
        return
    cells = cells_at(source, {line for _check, (_kind, line, *_rest) in found})
    for check, (_kind, line, field, old, new) in found:
        column = source.layout.column_of(field).name
        values = {"old": old, "new": new}
        yield problem(source, line, column, cells[line].get(column), check.reason(values))


def _other(values: Mapping[str, object]) -> str:
    """Which content differs: what the book has, then what the file has."""
    if values["old"] == "***":
        return _("is in the book already with another value")
    none = _("none")
    return _("is in the book already with other content: %(old)s → %(new)s") % {
        "old": values["old"] or none,
        "new": values["new"] or none,
    }
