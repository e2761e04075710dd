"""The keys of a state, how an expectation of them is read, and where the two differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from billing.terms import amount, whole
from risk.scenario_file.timeline import Expectation
from risk.scenario_file.values import Parser, named, one_of, shown


def _money_text(value: object) -> str:
    return f"{amount(value):.2f}"


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise ValueError(f"{shown(value)} is no list of text")
    return sorted(value)


def _fees(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{shown(value)} is no mapping")
    return {bill: named(_money_text)(fee) for bill, fee in value.items()}


_MONEY = named(_money_text)
LINE_STATE: Final[Mapping[str, Parser]] = {
    "status": named(one_of("active", "reduced", "suspended")),
    "effective_limit": _MONEY,
    "available": _MONEY,
    "outstanding": _MONEY,
    "credit_balance": _MONEY,
    "dpd": named(whole),
    "severity": named(one_of("none", "general", "severe")),
}
STATE: Final[Mapping[str, Parser]] = {
    "score": named(whole),
    "lines": lambda value: value,
    "fees": _fees,
    "restrictions": _texts,
    "alerts": _texts,
    "events": _texts,
}


class Difference(NamedTuple):
    """A key of a state that is not as expected; keys of lines are joined by a point."""

    at: dt.date
    key: str
    expected: object
    got: object


def differences(expected: Expectation, state: Mapping[str, Any]) -> list[Difference]:
    """Where a state (of the `--json` format) differs; keys left out are not checked."""
    return list(_differences(expected["at"], "", expected, state))


def _differences(
    at: dt.date, path: str, expected: Mapping[str, Any], got: Mapping[str, Any]
) -> Iterator[Difference]:
    for key, wanted in expected.items():
        if key == "at":
            continue
        here = f"{path}{key}"
        if key == "lines" or path == "lines.":
            yield from _differences(at, f"{here}.", wanted, got.get(key) or {})
        elif got.get(key) != wanted:
            yield Difference(at, here, wanted, got.get(key))
