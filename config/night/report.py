"""What a day says when it closes: rows, amounts, seconds, customers, checks, the whole book."""

import datetime
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from billing.models import BusinessDay, DaySlice
from risk import at_a_glance, checks

Rows = dict[str, dict[str, Any]]

#: Up to this many entries a thorough close looks at the whole book.
SMALL_BOOK = 2_000_000

_TOTALS = """
select (select jsonb_build_object(
            'principal', coalesce(sum(principal), 0)::text,
            'interest', coalesce(sum(interest), 0)::text,
            'fee', coalesce(sum(fee), 0)::text) from billing_openbill)
       || (select jsonb_build_object('credit', coalesce(sum(credit), 0)::text)
           from billing_linestate where credit <> 0)
       || (select jsonb_build_object('books', coalesce(-sum(owed), 0)::text) from billing_writeoff)
       || (select jsonb_build_object('last_entry', coalesce(max(id), 0)) from billing_entry)
"""

_MOVED = """
select e.component, sum(e.amount) from billing_entry e where e.id > %s group by e.component
"""

_CUSTOMERS = """
with born as (
    select distinct customer_id from risk_restriction
    where from_on = %(day)s and reversed_on is null
), ended as (
    select distinct customer_id from risk_restriction
    where until_on = %(day)s and reversed_on is null
)
select (select count(*) from born b where not exists (
            select from risk_restriction r
            where r.customer_id = b.customer_id and r.from_on < %(day)s and r.reversed_on is null
              and (r.until_on is null or r.until_on >= %(day)s))),
       (select count(*) from ended x where not exists (
            select from risk_linestatus s where s.customer_id = x.customer_id))
"""


def add(total: dict[str, Any], counts: Mapping[str, Any]) -> None:
    """Add a step's counts to those of the other slices and rounds."""
    for name, value in counts.items():
        total[name] = total.get(name, 0) + (value or 0)


def plain(rows: Rows) -> Rows:
    """Counts as JSON keeps them: amounts as text."""
    return {
        step: {name: str(v) if isinstance(v, Decimal) else v for name, v in counts.items()}
        for step, counts in rows.items()
    }


def write(day: BusinessDay, *, thorough: bool) -> list[checks.Finding]:
    """Fill the day's report from its slices and return the checks that do not hold."""
    rows: Rows = {}
    seconds: dict[str, float] = {}
    for part in DaySlice.objects.filter(day=day).order_by("number"):
        for step, counts in part.rows.items():
            add(rows.setdefault(step, {}), {k: number(v) for k, v in counts.items()})
        for step, took in part.seconds.items():
            seconds[step] = seconds.get(step, 0.0) + took
    totals, findings = _totals(day)
    findings += _findings(day, totals, thorough=thorough)
    restricted, released = _customers(day.on)
    day.report = {
        "rows": plain(rows),
        "seconds": {step: round(took, 4) for step, took in seconds.items()},
        "amounts": {
            "billed": str(_sum(rows, "issue_bills", "book_bill")),
            "fees": str(_sum(rows, "charge_fees")),
            "repaid": str(_sum(rows, "book_repay")),
        },
        "restricted": restricted,
        "released": released,
        "quarantined": _quarantined(),
        "totals": totals,
        "checks": [finding.document() for finding in findings],
        "book": at_a_glance.figures(day.on),
    }
    return findings


def _totals(day: BusinessDay) -> tuple[dict[str, Any], list[checks.Finding]]:
    """The book's totals at the close, tied to the day before's by the entries since then."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS)
        totals = _json(cursor.fetchone()[0])
        previous = BusinessDay.objects.filter(on=day.on - datetime.timedelta(days=1)).first()
        before = previous.report.get("totals") if previous else None
        cursor.execute(_MOVED, [before["last_entry"] if before else 0])
        moved = dict(cursor.fetchall())
    wrong = []
    for component in ("principal", "interest", "fee", "credit", "books"):
        expected = Decimal(before.get(component, 0) if before else 0) + moved.get(component, 0)
        if expected != Decimal(totals[component]):
            wrong.append((component, f"{expected} by the entries, {totals[component]} in the book"))
    finding = checks.Finding(
        name="totals_tie",
        title=str(_("Yesterday's totals and today's entries make today's totals")),
        failures=len(wrong),
        rows=wrong,
    )
    return totals, [finding] if wrong else []


def _findings(day: BusinessDay, totals: dict[str, Any], *, thorough: bool) -> list[checks.Finding]:
    if thorough and totals["last_entry"] <= SMALL_BOOK:
        return checks.all_findings(checks.whole_book())
    return checks.findings_of_the_day(day.on)


def _customers(on: datetime.date) -> tuple[int, int]:
    """Customers restricted today who were not before, and released of their last restriction."""
    with connection.cursor() as cursor:
        cursor.execute(_CUSTOMERS, {"day": on})
        restricted, released = cursor.fetchone()
    return restricted, released


def _quarantined() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.number from billing_quarantine q join accounts_customer c "
            "on c.id = q.customer_id where q.released_at is null order by q.id limit 100"
        )
        return [row[0] for row in cursor.fetchall()]


def _sum(rows: Rows, *steps: str) -> Decimal:
    return sum((Decimal(rows.get(step, {}).get("amount", 0)) for step in steps), Decimal(0))


def number(value: object) -> Decimal | int:
    return Decimal(value) if isinstance(value, str) else int(str(value))


def _json(value: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return document
