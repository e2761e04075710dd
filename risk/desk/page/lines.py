"""The customer's lines, as the head of the page shows them."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from billing.choices import Product
from risk.choices import Severity, Status
from risk.desk.standing import TONES
from risk.explain import Explanation


@dataclass(frozen=True)
class LineCard:
    """A line as the head of the page shows it."""

    row: dict[str, Any]
    product: str | Promise
    status: Status
    severity: Severity
    free_on: datetime.date | None

    @property
    def tone(self) -> str:
        return TONES[self.status]

    @property
    def severity_tone(self) -> str:
        return TONES[self.severity]

    @property
    def used_share(self) -> int:
        """How much of the assigned limit is used, in whole percent up to 100."""
        limit = self.row["assigned_limit"]
        return min(int(100 * self.row["used"] / limit), 100) if limit else 0

    @property
    def open_share(self) -> int:
        """How much of the assigned limit may be used, in whole percent."""
        limit = self.row["assigned_limit"]
        return int(100 * self.row["effective_limit"] / limit) if limit else 0


def line_cards(explanation: Explanation) -> list[LineCard]:
    """The customer's lines in the order of the products."""
    order = list(Product)
    rows = explanation.record.lines.values()
    return [
        _card(explanation, row)
        for row in sorted(rows, key=lambda row: order.index(Product(row["product"])))
    ]


def _card(explanation: Explanation, row: dict[str, Any]) -> LineCard:
    return LineCard(
        row=row,
        product=Product(row["product"]).label,
        status=Status(row["status"]),
        severity=Severity(row["severity"]),
        free_on=explanation.free_on(row["id"]),
    )
