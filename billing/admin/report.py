"""The night's report of a day, read with tolerance: what is absent is left out."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.desk.formats import Words, money
from billing.models import BusinessDay

AMOUNTS: dict[str, Words] = {
    "billed": _("Billed"),
    "fees": _("Late fees"),
    "repaid": _("Repaid"),
    "waived": _("Waived"),
    "refunded": _("Refunded"),
}


_NO_ROWS = ("points", "customers_restricted", "lines_released")


@dataclass(frozen=True)
class Check:
    """A check of the close; it holds when nothing fails."""

    name: str
    title: str
    failures: int
    ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Step:
    name: str
    counts: list[tuple[str, str]]
    seconds: float


class Report:
    """`document` is the JSON of `BusinessDay.report`."""

    def __init__(self, day: BusinessDay) -> None:
        self.document: dict[str, Any] = day.report if isinstance(day.report, dict) else {}

    @cached_property
    def amounts(self) -> dict[str, Decimal]:
        found = {}
        for name, text in _mapping(self.document.get("amounts")).items():
            try:
                found[name] = Decimal(str(text))
            except InvalidOperation:
                continue
        return found

    @property
    def named_amounts(self) -> list[tuple[Words, Decimal]]:
        return [(AMOUNTS.get(name, name), amount) for name, amount in self.amounts.items()]

    @property
    def checks(self) -> list[Check]:
        rows = self.document.get("checks")
        return [_check(row) for row in _listed(rows) if isinstance(row, dict)]

    @property
    def failed(self) -> list[Check]:
        return [check for check in self.checks if check.failures]

    @property
    def steps(self) -> list[Step]:
        """What each step did; the longest first, since JSON of the database keeps no order."""
        rows = _mapping(self.document.get("rows"))
        seconds = _mapping(self.document.get("seconds"))
        steps = [
            Step(name, _counts(_mapping(rows.get(name))), float(seconds.get(name) or 0))
            for name in {**rows, **seconds}
        ]
        return sorted(steps, key=lambda step: -step.seconds)

    @property
    def total_rows(self) -> int:
        """Rows that the steps wrote; points and customers are counted in them, but are none."""
        steps = _mapping(self.document.get("rows")).values()
        return sum(
            value
            for counts in steps
            for name, value in _mapping(counts).items()
            if isinstance(value, int) and name not in _NO_ROWS
        )

    @property
    def total_seconds(self) -> float:
        return float(sum(_mapping(self.document.get("seconds")).values()))

    @property
    def quarantined(self) -> list[str]:
        rows = self.document.get("quarantined")
        return [str(row) for row in _listed(rows)]


def _counts(counts: dict[str, Any]) -> list[tuple[str, str]]:
    """What is not zero; amounts are text in the report."""
    return [
        (name, _count(value)) for name, value in counts.items() if value not in (0, "0", "0.00")
    ]


def _count(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    try:
        return money(Decimal(str(value)))
    except InvalidOperation:
        return str(value)


def _check(row: dict[str, Any]) -> Check:
    ids = row.get("words") or row.get("ids")
    return Check(
        name=str(row.get("name", "")),
        title=str(row.get("title") or row.get("name", "")),
        failures=int(row.get("failures") or 0),
        ids=[str(x) for x in _listed(ids)[:20]],
    )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
