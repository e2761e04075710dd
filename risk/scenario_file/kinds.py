"""The kinds of fact and their keys, as the contract lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from billing.terms import CASH_LOAN, PAY_LATER, PRODUCTS, amount
from risk.scenario_file.values import (
    Parser,
    amount_or_all,
    any_later_date,
    date,
    day_of_month,
    factor_of,
    flag,
    identity,
    instalment_count,
    instalments,
    name_of,
    named,
    names_of,
    one_of,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """The keys of a kind of fact; `optional` holds the value of a key that is left out."""

    keys: Mapping[str, Parser]
    optional: Mapping[str, Any] = field(default_factory=dict)
    late: bool = True
    """Whether it may carry a value date."""
    product: str | None = None
    """The only product whose line it may name."""


AMOUNT = named(amount)
NAME = named(name_of)
IDENTITY = named(identity)
LINE = named(one_of(*PRODUCTS))

KINDS: Final[Mapping[str, Kind]] = {
    "bill": Kind(
        {"id": IDENTITY, "line": LINE, "principal": AMOUNT, "interest": AMOUNT, "due": date},
        optional={"interest": Decimal("0.00")},
    ),
    "purchase": Kind({"id": IDENTITY, "line": LINE, "amount": AMOUNT}, product=PAY_LATER),
    "draw": Kind(
        {
            "id": IDENTITY,
            "line": LINE,
            "amount": AMOUNT,
            "instalments": named(instalment_count),
        },
        product=CASH_LOAN,
    ),
    "repay": Kind({"id": IDENTITY, "line": LINE, "amount": AMOUNT}),
    "reverse": Kind({"id": IDENTITY}, late=False),
    "refund": Kind({"bill": NAME, "amount": AMOUNT}),
    "dispute": Kind({"bill": NAME, "amount": AMOUNT}),
    "resolve_dispute": Kind(
        {"bill": NAME, "outcome": named(one_of("customer", "lender"))}, late=False
    ),
    "waive": Kind(
        {"bill": NAME, "amount": named(amount_or_all), "plan": IDENTITY}, optional={"plan": None}
    ),
    "plan": Kind({"id": IDENTITY, "line": LINE, "bills": names_of, "instalments": instalments}),
    "end_plan": Kind({"id": IDENTITY, "line": LINE}),
    "exempt": Kind({"code": NAME, "line": LINE, "until": any_later_date}),
    "forgive": Kind({"bill": NAME}),
    "income": Kind({"id": IDENTITY}),
    "hold": Kind(
        {
            "id": IDENTITY,
            "line": LINE,
            "bills": names_of,
            "fees": named(flag),
            "milestones": named(flag),
            "interest": named(flag),
            "until": any_later_date,
        },
        optional={
            "bills": None,
            "fees": False,
            "milestones": False,
            "interest": False,
            "until": None,
        },
    ),
    "release_hold": Kind({"id": IDENTITY}),
    "due_day": Kind({"line": LINE, "day": named(day_of_month)}, product=PAY_LATER),
    "settle": Kind(
        {"id": IDENTITY, "line": LINE, "draw": IDENTITY, "amount": named(amount_or_all)},
        product=CASH_LOAN,
    ),
    "limit": Kind({"line": LINE, "amount": AMOUNT}),
    "payout": Kind({"id": IDENTITY, "line": LINE, "amount": AMOUNT}),
    "write_off": Kind({"line": LINE}),
    "restrict": Kind(
        {
            "id": IDENTITY,
            "line": LINE,
            "effect": named(one_of("suspend", "reduce")),
            "factor": named(factor_of),
        },
        optional={"factor": None},
    ),
    "lift": Kind({"id": IDENTITY}),
    "close_alert": Kind({"code": NAME}),
    "policy": Kind({}, late=False),
}

REFERS: Final[Mapping[str, str]] = {
    "reverse": "repay",
    "lift": "restrict",
    "release_hold": "hold",
    "end_plan": "plan",
}
"""Kinds whose `id` names a fact of another kind, instead of giving a name of its own."""
