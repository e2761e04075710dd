"""The names of bills that the facts of a file can bring about.

A statement is `LINE/YYYY-MM`, an instalment `DRAW/N`, what a lost dispute brings back
`BILL/disputed`; a booked bill and an early settlement have their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from billing.terms import PayLaterTerms, Terms
from risk.scenario_file.timeline import Fact

DISPUTED: Final = "/disputed"


def day_in_month(year: int, month: int, day: int) -> dt.date:
    """The day of that month, or its last where the month has no such day."""
    first_of_next = dt.date(year + month // 12, month % 12 + 1, 1)
    return dt.date(year, month, min(day, (first_of_next - dt.timedelta(days=1)).day))


def next_day_of_month(after: dt.date, day: int) -> dt.date:
    """The first date after `after` that is that day of its month (clamped to the last)."""
    this_month = day_in_month(after.year, after.month, day)
    if this_month > after:
        return this_month
    return day_in_month(after.year + after.month // 12, after.month % 12 + 1, day)


def statement_name(line: str, day: dt.date) -> str:
    return f"{line}/{day:%Y-%m}"


def known_bills(facts: Sequence[Fact], terms: Mapping[str, Terms]) -> dict[str, str]:
    """The line of every bill that the facts can bring about, by the bill's name."""
    known: dict[str, str] = {}
    for fact in facts:
        if fact.kind in ("bill", "settle"):
            known[fact.data["id"]] = fact.data["line"]
        elif fact.kind == "purchase":
            line = fact.data["line"]
            product = terms.get(line)
            if isinstance(product, PayLaterTerms):
                day = next_day_of_month(fact.booked_on, product.statement_day)
                known[statement_name(line, day)] = line
        elif fact.kind == "draw":
            for number in range(1, fact.data["instalments"] + 1):
                known[f"{fact.data['id']}/{number}"] = fact.data["line"]
    for fact in facts:
        if fact.kind == "dispute" and fact.data["bill"] in known:
            bill = fact.data["bill"]
            if not bill.endswith(DISPUTED):
                known[bill + DISPUTED] = known[bill]
    return known
