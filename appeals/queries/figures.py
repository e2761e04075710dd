"""The figures of appeals that ended within a span of days: one statement each, from SQL."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from appeals.rules import Overturned

_SQL = Path(__file__).resolve().parent.parent / "sql"


@dataclass(frozen=True)
class Times:
    """How long it took, in hours: the middle one and the slowest tenth; how many were late."""

    kind: str
    ended: int
    first_half: Decimal | None
    first_ninth: Decimal | None
    decide_half: Decimal | None
    decide_ninth: Decimal | None
    late_by_law: int
    late_by_promise: int


@dataclass(frozen=True)
class Share:
    """Decided causes of one ground or rule, and how many of them were granted."""

    name: str
    decided: int
    granted: int

    @property
    def percent(self) -> int:
        return 100 * self.granted // self.decided if self.decided else 0


@dataclass(frozen=True)
class Open:
    """The open ones now, by state."""

    state: str
    count: int
    late: int


def times(first: datetime.date, last: datetime.date) -> list[Times]:
    return [Times(*row) for row in _rows("times", first, last)]


def by_ground(first: datetime.date, last: datetime.date) -> list[Share]:
    return [Share(*row) for row in _rows("by_ground", first, last)]


def by_rule(first: datetime.date, last: datetime.date) -> list[Share]:
    """Restrictions that were contested, by the rule that set them."""
    return [Share(*row) for row in _rows("by_rule", first, last)]


def open_now(today: datetime.date) -> list[Open]:
    return [Open(*row) for row in _rows("open_now", today, today)]


def often_overturned(rows: Sequence[Share], figures: Overturned) -> list[Share]:
    """The rules to look at: enough decided causes, and too many of them granted."""
    return [
        row
        for row in rows
        if row.decided >= figures.min_cases and row.granted * 100 >= row.decided * figures.percent
    ]


def _rows(name: str, first: datetime.date, last: datetime.date) -> list[Sequence[Any]]:
    statement = (_SQL / "figures" / f"{name}.sql").read_text(encoding="utf-8")
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {"first": first, "last": last, "zone": timezone.get_current_timezone_name()},
        )
        return list(cursor.fetchall())
