"""What a day or a fact leaves to be told, in the transaction of its consequences.

This room says what: statements that select, over the scope and the day, by the same idea as the
engine's steps: what stands against what was told, and the difference is told. accounts keeps what
is told: its `queue` and its outbox insert what these statements select, so that each table has its
one writer and no row passes through Python. Nothing is told in a shadow run, and what is rolled
back was never told.
"""

import datetime
from functools import cache
from typing import Any

from django.conf import settings

from accounts.notices.queueing import queue_statement
from accounts.outbox.announcing import announce_statement
from billing.engine import sql
from billing.engine.scope import Few
from billing.engine.shadow import in_shadow
from risk.engine.steps import Day
from risk.rules import NoPolicy, Rulebook

#: Partners hear of days up to so long ago; a book of the past that is imported is no news.
EVENT_DAYS = 30


def tell_day(day: Day, *, today: datetime.date) -> sql.Counts:
    """Of a scope whose day was opened by the night, `today` being the date outside. A day that is
    too long ago is noted as told and told to nobody."""
    return _tell(day, since=day.on, everyone=False, ago=(today - day.on).days, corrects=False)


def tell_customer(customer_id: int, *, on: datetime.date, rulebook: Rulebook) -> sql.Counts:
    """Of one customer after something was booked on `on`: also what changed of the days before."""
    if in_shadow():
        return {}
    try:
        rules = rulebook.on(on)
    except NoPolicy:
        return {}
    day = Day(rules=rules, scope=Few((customer_id,)), booked_on=on)
    since = on - datetime.timedelta(days=settings.NOTICE_WINDOW_DAYS - 1)
    return _tell(day, since=since, everyone=True, ago=0, corrects=True)


def _tell(
    day: Day, *, since: datetime.date, everyone: bool, ago: int, corrects: bool
) -> sql.Counts:
    base: dict[str, Any] = {"day": day.on}
    told = list(_run(day, "tell_restrictions", {**base, "everyone": everyone})["told"])
    counts = {"restrictions": len(told), "notices": 0, "events": 0}
    news = ago < settings.NOTICE_WINDOW_DAYS
    if told:
        lines = list(_run(day, "tell_statuses", {**base, "told": told})["lines"])
        if ago <= EVENT_DAYS:
            of = {"told": told, "lines": lines}
            counts["events"] = _announce(day, "events", of)["count"]
        if news:
            counts["notices"] += _queue(day, ("restrictions",), {**base, "told": told})
    if news:
        rows = ("due", "corrections") if corrects else ("due",)
        grace = day.rules.policy.plan_grace_days
        counts["notices"] += _queue(day, rows, {**base, "since": since, "plan_grace_days": grace})
    return counts


def _run(day: Day, name: str, params: dict[str, Any]) -> sql.Counts:
    return sql.run("risk", f"notices/{name}", day.scope, params)


def _queue(day: Day, names: tuple[str, ...], params: dict[str, Any]) -> int:
    text = _statement("queue", names, day.scope.predicate)
    return int(sql.run_text(text, day.scope, {**params, "at": None})["queued"])


def _announce(day: Day, name: str, params: dict[str, Any]) -> sql.Counts:
    text = _statement("announce", (name,), day.scope.predicate)
    return sql.run_text(text, day.scope, params)


@cache
def _statement(act: str, names: tuple[str, ...], predicate: str) -> str:
    """The statement of accounts around what these files select."""
    rows = "\nunion all\n".join(
        f"(\n{sql.text_of('risk', f'notices/{name}', predicate)}\n)" for name in names
    )
    return queue_statement(rows) if act == "queue" else announce_statement(rows)
