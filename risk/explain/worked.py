"""What being late costs under the rules of a day: a customer of nobody, run through the engine.

The same engine as the night's opens each day of an invented timeline inside a transaction that is
rolled back (risk/scenario.py), so that the page of the rules never has a formula of its own.
"""

import datetime
import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.cache import cache

from risk.rules import DayRules
from risk.scenario import Timeline, play, state
from risk.scenario_file import Fact, Scenario

LIMITS = {"pay_later": Decimal("10000.00"), "cash_loan": Decimal("20000.00")}
MOST_DAYS = 120
MOST_AMOUNT = Decimal("100000.00")
_KEPT = 24 * 3600

_START = datetime.timedelta(days=1)
_OTHER = {"pay_later": "cash_loan", "cash_loan": "pay_later"}


@dataclass(frozen=True)
class LateDay:
    """The evening of a day: `day` days after the due date; amounts exact."""

    day: int
    fee: Decimal
    score: int
    own: Decimal
    other: Decimal
    severe: bool
    restrictions: tuple[str, ...]


@dataclass(frozen=True)
class Worked:
    """A bill of `amount` paid `late` days after it was due: the days on which something changed,
    and how it stands on the evening after the payment."""

    product: str
    other: str
    amount: Decimal
    late: int
    before: LateDay
    steps: tuple[LateDay, ...]
    paid: LateDay
    total: Decimal


def work_out(rules: DayRules, *, product: str, amount: Decimal, late: int) -> Worked:
    """Ask the engine; kept for a day, since the rules of a day do not change."""
    late = min(max(late, 0), MOST_DAYS)
    key = _key(rules, product, amount, late)
    days = cache.get(key)
    if days is None:
        days = _run(rules, product, amount, late)
        cache.set(key, days, _KEPT)
    return _told(product, amount, late, [LateDay(**row) for row in days])


def _key(rules: DayRules, product: str, amount: Decimal, late: int) -> str:
    documents = [rules.policy.document(), *(t.document() for t in rules.terms.values())]
    text = json.dumps([documents, product, str(amount), late], sort_keys=True, default=str)
    return f"worked:{hashlib.sha256(text.encode()).hexdigest()}"


def _run(rules: DayRules, product: str, amount: Decimal, late: int) -> list[dict[str, Any]]:
    due = rules.on
    opened = due - _START
    paid = due + datetime.timedelta(days=late)
    scenario = Scenario(**_described(rules, opened, product, amount, due, paid))
    found: list[dict[str, Any]] = []

    def note(timeline: Timeline, on: datetime.date) -> None:
        found.append(_row(state(timeline, on), product, (on - due).days))

    play(scenario, paid, note)
    return found


def _row(now: dict[str, Any], product: str, day: int) -> dict[str, Any]:
    own, other = now["lines"][product], now["lines"][_OTHER[product]]
    return {
        "day": day,
        "fee": sum((Decimal(fee) for fee in now["fees"].values()), Decimal("0.00")),
        "score": now["score"],
        "own": Decimal(own["effective_limit"]),
        "other": Decimal(other["effective_limit"]),
        "severe": own["severity"] == "severe",
        "restrictions": tuple(now["restrictions"]),
    }


def _told(product: str, amount: Decimal, late: int, days: list[LateDay]) -> Worked:
    first, last = days[0], days[-1]
    steps: list[LateDay] = []
    before = first
    for day in days[1:-1]:
        if (day.score, day.own, day.other, day.severe) != (
            before.score,
            before.own,
            before.other,
            before.severe,
        ):
            steps.append(day)
        before = day
    return Worked(
        product=product,
        other=_OTHER[product],
        amount=amount,
        late=late,
        before=first,
        steps=tuple(steps),
        paid=last,
        total=amount + last.fee,
    )


def _described(
    rules: DayRules,
    opened: datetime.date,
    product: str,
    amount: Decimal,
    due: datetime.date,
    paid: datetime.date,
) -> dict[str, Any]:
    facts = (
        Fact(
            index=1,
            kind="bill",
            booked_on=opened,
            value_on=opened,
            data={
                "id": "B",
                "line": product,
                "principal": amount,
                "interest": Decimal("0.00"),
                "due": due,
            },
        ),
        Fact(
            index=2,
            kind="repay",
            booked_on=paid,
            value_on=paid,
            data={"id": "P", "line": product, "amount": amount * 3 + 1000},
        ),
    )
    return {
        "path": Path("worked"),
        "name": "worked example",
        "opened": opened,
        "lines": LIMITS,
        "terms": rules.terms,
        "policies": ((opened, rules.policy),),
        "facts": facts,
        "expect": (),
    }
