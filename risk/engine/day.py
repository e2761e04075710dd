"""A business day, as RULES tells it: an opening, then the day's facts with their consequences."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

from billing.engine import promises
from billing.engine import scope as scopes
from billing.engine import steps as money
from billing.queries import Round, rounds
from risk.engine import steps
from risk.engine.steps import Day
from risk.queries import customers_with_decisions

Counts = dict[str, Any]

#: The opening, in its order. The name is that of the step in reports and benchmarks.
OPENING: Mapping[str, Callable[[Day], Counts]] = {
    "holds": lambda day: money.take_holds(day.money),
    "start_scores": steps.start_scores,
    "rescore": steps.rescore,
    "expire_points": steps.expire_points,
    "issue_bills": lambda day: money.issue_bills(day.money),
    "high_utilisation": steps.points_high_utilisation,
    "break_plans": lambda day: money.break_plans(
        day.money, grace_days=day.rules.policy.plan_grace_days
    ),
    "mark_overdue": lambda day: money.mark_overdue(day.money),
    "cure_under_new_terms": steps.cure_under_new_terms,
    "charge_fees": lambda day: money.charge_fees(day.money),
    "paid_on_time": steps.points_paid_on_time,
    "open_episodes": steps.open_episodes,
    "age_episodes": steps.age_episodes,
    "plan_broken": steps.points_plan_broken,
    "past_due": steps.points_past_due,
    "repeat": steps.points_repeat,
    "clean": steps.points_clean,
    "tenure": steps.points_tenure,
    "alerts": steps.raise_alerts,
    "restrictions": steps.restrict_at_opening,
    "promises": lambda day: promises.decide(day.scope, day.on),
}

#: What follows from a fact of money, at once.
REACTION: Mapping[str, Callable[[Day], Counts]] = {
    "plan_kept": steps.points_plan_kept,
    "plan_ended": steps.points_plan_ended,
    "cured": steps.cure_episodes,
    "restrictions": steps.restrict,
}

#: What follows from the decisions of staff of a day.
DECISIONS: Mapping[str, Callable[[Day], Counts]] = {
    "income": steps.points_income,
    "forgive": steps.forgive,
    "close_alerts": steps.close_alerts,
    "restrictions": steps.restrict,
}

#: What the terms decide once a day is open, as facts of that day.
DECIDED_BY_TERMS: Mapping[str, Callable[[Day], Counts]] = {
    "write_offs": lambda day: money.book_write_offs(day.money),
}

Report = Callable[[str, Counts, float], None]


def ignore(step: str, counts: Counts, seconds: float) -> None:
    """A report for callers who want none."""


def take_day(day: Day, report: Report = ignore) -> None:
    """A day that comes for the first time: it opens, the terms decide, its facts follow. A day that
    is run again takes the decisions as they were booked."""
    open_day(day, report)
    decide_by_terms(day, report)
    live_day(day, report)


def open_day(day: Day, report: Report = ignore) -> None:
    """The opening: all facts with an earlier value date are in, none of the day itself."""
    _take(OPENING, day, report)


def decide_by_terms(day: Day, report: Report = ignore) -> bool:
    """Book what the terms decide once the day is open; whether that is anything. A day that is
    foretold decides it, too."""
    counts = _take(DECIDED_BY_TERMS, day, report)
    return any(any(of_step.values()) for of_step in counts)


def live_day(day: Day, report: Report = ignore) -> None:
    """The facts of the day that are known already, in their order, each with its consequences."""
    for part in rounds(day.scope, day.on):
        apply_round(day, part, report)
    decided = customers_with_decisions(day.scope, day.on)
    if decided:
        decide(replace(day, scope=scopes.of(decided)), report)


def decide(day: Day, report: Report = ignore) -> None:
    """What follows from the day's decisions of staff."""
    _take(DECISIONS, day, report)


def apply_round(day: Day, part: Round, report: Report = ignore) -> None:
    """One fact a customer: what it does to the money, then what follows."""
    those = replace(day, scope=scopes.of(part.customers))
    start = perf_counter()
    counts = money.book(those.money, part.kind, part.facts)
    report("book_" + part.kind, counts, perf_counter() - start)
    _take(REACTION, those, report)


def _take(steps_: Mapping[str, Callable[[Day], Counts]], day: Day, report: Report) -> list[Counts]:
    """Take the steps in their order; what each of them counted."""
    found = []
    for name, step in steps_.items():
        start = perf_counter()
        counts = step(day)
        report(name, counts, perf_counter() - start)
        found.append(counts)
    return found
