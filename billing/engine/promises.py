"""What becomes of promises to pay. Source: docs/rules.md, Promises to pay.

Nothing else follows from them, so no shadow run knows them: they are decided on the book alone.
"""

import datetime

from billing.engine import scope as scopes
from billing.engine import sql
from billing.engine.scope import Scope
from billing.engine.shadow import in_shadow

NOTHING: sql.Counts = {"kept": 0, "partly_kept": 0, "broken": 0}


def decide(scope: Scope, day: datetime.date) -> sql.Counts:
    """At the opening of a day: the promises whose last day has passed."""
    if in_shadow():
        return NOTHING
    return sql.run("billing", "decide_promises", scope, {"day": day})


def follow(customer_id: int, line_id: int, on: datetime.date) -> sql.Counts:
    """At once, after what was booked on a line: how its promises stand on a business date."""
    return sql.run(
        "billing", "follow_promises", scopes.of([customer_id]), {"day": on, "line": line_id}
    )
