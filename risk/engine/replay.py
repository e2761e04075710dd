"""How a late fact corrects the days since then (RULES: recorded consequences equal those of a
recomputation with the facts known now).

The customers' state is wound back, in shadow tables, to the opening of the fact's value date; the
days since then run again on the shadows, by the same steps as every night; what differs from the
record is written. A forecast is the same without the last act.
"""

import datetime
from collections.abc import Collection, Iterator

from billing.engine import scope as scopes
from billing.engine import sql
from billing.engine.scope import Few
from billing.engine.shadow import shadow_run
from risk.engine import day as days
from risk.engine.merge import TABLES, merge
from risk.engine.steps import Day
from risk.rules import NoPolicy, Rulebook


def replay(
    customers: Collection[int],
    *,
    since: datetime.date,
    through: datetime.date,
    rulebook: Rulebook,
    booked_on: datetime.date,
    because_of: str,
) -> None:
    """Run the days since..through again and correct the record. Inside a transaction that holds
    the customers' rows locked."""
    scope = scopes.of(customers)
    with shadow_run(TABLES):
        rewind(scope, since, rulebook)
        for on in dates(since, through):
            day = Day(rules=rulebook.on(on), scope=scope, booked_on=booked_on)
            days.open_day(day)
            days.live_day(day)
    merge(scope, since, booked_on, because_of)


def rewind(scope: Few, since: datetime.date, rulebook: Rulebook) -> None:
    """Fill the shadows with the state before the opening of `since`."""
    try:
        rules = rulebook.on(since - datetime.timedelta(days=1))
    except NoPolicy:
        rules = rulebook.on(since)
    score = rules.policy.score
    sql.run("billing", "rewind", scope, {"since": since})
    sql.run(
        "risk",
        "rewind",
        scope,
        {
            "since": since,
            "initial": score.initial,
            "floor": score.floor,
            "ceiling": score.ceiling,
        },
    )


def dates(first: datetime.date, last: datetime.date) -> Iterator[datetime.date]:
    """Every day from `first` to `last`, both included."""
    for n in range((last - first).days + 1):
        yield first + datetime.timedelta(days=n)
