"""The figures of appeals as the page shows them."""

import datetime
from typing import Any

from appeals import rules
from appeals.choices import Ground, Kind, State
from appeals.queries import figures

SPANS = (30, 90, 180, 365)


def shown(days: str, today: datetime.date) -> dict[str, Any]:
    """For appeals that ended in the last so many days; the rules are named by their own span."""
    span = int(days) if days.isascii() and days.isdigit() and int(days[:4]) in SPANS else 90
    first = today - datetime.timedelta(days=span)
    overturned = rules.rules_on(today).overturned
    window = today - datetime.timedelta(days=overturned.window_days)
    by_rule = figures.by_rule(window, today)
    return {
        "span": span,
        "spans": SPANS,
        "times": [(Kind(row.kind).label, row) for row in figures.times(first, today)],
        "grounds": [
            (Ground(row.name).label if row.name in Ground.values else row.name, row)
            for row in figures.by_ground(first, today)
        ],
        "rule_rows": [(row.name, row) for row in by_rule],
        "named": figures.often_overturned(by_rule, overturned),
        "overturned": overturned,
        "open": [(State(row.state).label, row) for row in figures.open_now(today)],
    }
