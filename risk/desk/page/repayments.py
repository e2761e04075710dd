"""Repayments, and which bills each of them paid."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.desk.formats import words_date
from billing.choices import Component, FactKind, Product
from billing.models import Fact
from risk.explain.record import Record

MOST_REPAYMENTS = 24

_PAID = """
select e.fact_id, e.bill_id, b.number, e.component, sum(e.amount)
from billing_entry e left join billing_bill b on b.id = e.bill_id
where e.customer_id = %(customer)s and e.value_on >= %(since)s
  and e.fact_id = any(%(facts)s::bigint[]) and e.component <> 'books'
group by e.fact_id, e.bill_id, b.number, b.due_on, e.component
having sum(e.amount) <> 0
order by b.due_on nulls last, e.bill_id
"""


@dataclass
class Share:
    """What of a repayment went to one bill, or to the credit balance (`number` empty)."""

    bill_id: int | None
    number: str
    amount: Decimal = Decimal("0.00")
    parts: list[tuple[str | Promise, Decimal]] = field(default_factory=list)


@dataclass(frozen=True)
class RepaymentRow:
    """A repayment or a refund; `struck` says why it counts no more."""

    fact: Fact
    product: str | Promise
    shares: list[Share]
    struck: str = ""


def repayment_rows(customer_id: int, record: Record) -> list[RepaymentRow]:
    """The last repayments and refunds, newest first, in three queries."""
    kinds = (FactKind.REPAY, FactKind.REFUND)
    facts = list(
        Fact.objects.filter(customer_id=customer_id, kind__in=kinds, value_on__lte=record.on)
        .select_related("booked_by")
        .order_by("-value_on", "-booked_on", "-pk")[:MOST_REPAYMENTS]
    )
    ids = [fact.pk for fact in facts]
    reversals = dict(
        Fact.objects.filter(customer_id=customer_id, reverses__in=ids).values_list(
            "reverses_id", "booked_on"
        )
    )
    shares = _shares(customer_id, ids, min((f.value_on for f in facts), default=record.on))
    return [
        RepaymentRow(
            fact=fact,
            product=Product(record.lines[fact.line_id]["product"]).label,
            shares=list(shares[fact.pk].values()),
            struck=_struck(reversals.get(fact.pk)),
        )
        for fact in facts
    ]


def _shares(
    customer_id: int, facts: list[int], since: datetime.date
) -> dict[int, dict[int | None, Share]]:
    found: dict[int, dict[int | None, Share]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_PAID, {"customer": customer_id, "facts": facts, "since": since})
        for fact_id, bill_id, number, component, amount in cursor.fetchall():
            share = found[fact_id].setdefault(bill_id, Share(bill_id, number or ""))
            paid = amount if bill_id is None else -amount
            share.amount += paid
            share.parts.append((Component(component).label, paid))
    return found


def _struck(reversed_on: datetime.date | None) -> str:
    if reversed_on is None:
        return ""
    return _("Reversed on %(day)s: it counts as never made.") % {"day": words_date(reversed_on)}
