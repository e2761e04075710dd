"""Single values of a file: each parser returns the value, typed, or raises ValueError."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

from billing.terms import amount, ranged, whole
from risk.scenario_file.timeline import ALL, Instalment

FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
MOST_INSTALMENTS: Final = 600

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ID: Final = re.compile(r"[^\s/@]{1,64}")

Parser: TypeAlias = Callable[[object], Any]


def date(value: object, last: dt.date = LAST_DAY) -> dt.date:
    try:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValueError
        day = dt.date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{shown(value)} is no date") from None
    if not FIRST_DAY <= day <= last:
        raise ValueError(f"{day} is not between {FIRST_DAY} and {last}")
    return day


def any_later_date(value: object) -> dt.date:
    return date(value, dt.date.max)


def shown(value: object) -> str:
    if isinstance(value, str):
        return repr(value[:40])
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list) else "nothing"


def named(parse: Parser) -> Parser:
    """The parser with the value put before its reason."""

    def parse_named(value: object) -> Any:
        try:
            return parse(value)
        except ValueError as error:
            raise ValueError(f"{shown(value)} {error}") from None

    return parse_named


def identity(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("is no id")
    if not _ID.fullmatch(value):
        raise ValueError("is no id of 1 to 64 characters without space, / or @")
    return value


def name_of(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > 200:
        raise ValueError("is no name")
    return value


def one_of(*words: str) -> Parser:
    def parse(value: object) -> Any:
        if value not in words:
            raise ValueError(f"is none of {', '.join(words)}")
        return value

    return parse


def amount_or_all(value: object) -> Decimal | None:
    return ALL if value == "all" else amount(value)


def instalment_count(value: object) -> int:
    count = whole(value)
    if not 1 <= count <= MOST_INSTALMENTS:
        raise ValueError(f"is not between 1 and {MOST_INSTALMENTS}")
    return count


def day_of_month(value: object) -> int:
    day = whole(value)
    if not 1 <= day <= 28:
        raise ValueError("is not between 1 and 28")
    return day


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false")
    return value


def factor_of(value: object) -> Decimal:
    return ranged(value, Decimal(0), Decimal(1))


def names_of(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{shown(value)} is no list of bills")
    return tuple(dict.fromkeys(named(name_of)(entry) for entry in value))


def instalments(value: object) -> tuple[Instalment, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{shown(value)} is no list of instalments")
    if len(value) > MOST_INSTALMENTS:
        raise ValueError(f"more than {MOST_INSTALMENTS} instalments")
    return tuple(instalment(entry) for entry in value)


def instalment(value: object) -> Instalment:
    if not isinstance(value, Mapping) or set(value) != {"due", "amount"}:
        raise ValueError(f"{shown(value)} is no instalment of due and amount")
    return Instalment(date(value["due"]), named(amount)(value["amount"]))
