"""Books of many customers for tests: real rows, committed, and gone afterwards.

A timeline is entered as a customer under names of its own (`token`), its facts are booked by the
product's operations, its days are opened by the night. Every timeline of a book goes by the
contract's preset, since a book has one policy.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django.db import connection

from accounts import operations as accounts_operations
from billing import operations as money
from config.night import open_due_days
from config.places import BASE
from risk.assessment import RealBook
from risk.policy import CONTRACT, preset
from risk.scenario import Timeline, play
from risk.scenario_file import Fact, Scenario, ScenarioError, known_bills
from tests.factories import publish
from tests.records import record
from tests.timelines import random_scenario

Record = dict[str, list[Any]]


# -- emptying ----------------------------------------------------------------------------

_TABLES = """
select format('%I', c.relname) from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
  and c.relname ~ '^(accounts|appeals|billing|risk|pghistory|django_admin_log|django_session)'
  and c.relname not in ('billing_account', 'billing_posting')  -- what the migrations put there
"""


def empty() -> None:
    """Remove every row of the book, also where the tables refuse that to everybody else.

    Ids go on from where they were, so that nothing cached by id comes back to life. An empty
    book is left as it is: TRUNCATE makes all files anew, which takes half a second.
    """
    mine = str(connection.settings_dict["TEST"]["NAME"])
    assert str(connection.settings_dict["NAME"]).startswith(mine), "this is no book of the tests"
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        tables = [table for (table,) in cursor.fetchall()]
        cursor.execute(" union all ".join(f"(select '{t}' from {t} limit 1)" for t in tables))
        if not cursor.fetchall():
            return
        cursor.execute("set session_replication_role = replica")
        try:
            cursor.execute(f"truncate {', '.join(tables)} cascade")
        finally:
            cursor.execute("set session_replication_role = origin")


def by_force(sql: str, params: Sequence[object] = ()) -> None:
    """A statement that no trigger and no foreign key of the book hears of."""
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        try:
            cursor.execute(sql, params)
        finally:
            cursor.execute("set session_replication_role = origin")


# -- timelines under the contract's rules ------------------------------------------------


def under_contract(scenario: Scenario) -> Scenario:
    """The timeline under the contract's own terms and policy."""
    contract = preset(CONTRACT)
    return replace(
        scenario,
        terms=contract.terms,
        policies=((scenario.opened, contract.policy),),
        facts=tuple(fact for fact in scenario.facts if fact.kind != "policy"),
    )


def timelines(seeds: Iterable[int], first: dt.date, last: dt.date) -> list[Scenario]:
    """Random timelines that begin in the window; what is booked after it is left out.

    A statement is named by its month, so a timeline is never moved in time.
    """
    found = []
    for seed in seeds:
        try:
            scenario = under_contract(random_scenario(seed))
        except ScenarioError:
            continue
        if first <= scenario.opened <= last:
            found.append(_up_to(last, scenario))
    return found


def _up_to(last: dt.date, scenario: Scenario) -> Scenario:
    """The timeline as known at the end of a day: also without what is about bills to come."""
    facts = tuple(fact for fact in scenario.facts if fact.booked_on <= last)
    while True:
        bills = known_bills(facts, scenario.terms)
        kept = tuple(fact for fact in facts if set(_bills_of(fact)) <= set(bills))
        if kept == facts:
            return replace(scenario, facts=facts)
        facts = kept


def _bills_of(fact: Fact) -> Sequence[str]:
    return fact.data.get("bills") or ([fact.data["bill"]] if "bill" in fact.data else [])


def learned_live(scenario: Scenario, through: dt.date) -> Record:
    """What is recorded at the end of `through` where each day met the facts booked on it."""
    found: list[Record] = []

    def note(timeline: Timeline, on: dt.date) -> None:
        if on == through:
            found.append(record(timeline.customer.pk, timeline.token))

    play(scenario, through, note)
    return found[0]


# -- a book of them ----------------------------------------------------------------------


def enter(scenario: Scenario, token: str) -> Timeline:
    """Open the timeline's customer and lines in the book."""
    publish()
    customer = accounts_operations.open_customer(
        number=token, name=scenario.name[:100], opened_on=scenario.opened
    )
    lines = {
        product: money.open_line(
            customer=customer,
            product=product,
            limit=limit,
            on=scenario.opened,
            number=f"{token}{product}",
        )
        for product, limit in scenario.lines.items()
    }
    return Timeline(
        scenario=scenario,
        book=RealBook(),
        customer=customer,
        lines=lines,
        token=token,
        bills=known_bills(scenario.facts, scenario.terms),
    )


def enter_all(scenarios: Iterable[Scenario]) -> list[Timeline]:
    return [enter(scenario, f"~{n:04}:") for n, scenario in enumerate(scenarios, start=1)]


def book_facts(
    entered: Iterable[Timeline], *, after: dt.date = dt.date.min, through: dt.date = dt.date.max
) -> None:
    """Book each timeline's facts of these booking dates, in their order."""
    for timeline in entered:
        for fact in timeline.scenario.facts:
            if after < fact.booked_on <= through:
                timeline.book_fact(fact)


def nights(*through: dt.date) -> None:
    for on in through:
        open_due_days(on)


def records(entered: Iterable[Timeline]) -> dict[str, Record]:
    """What is recorded of each timeline, by its token."""
    return {timeline.token: record(timeline.customer.pk, timeline.token) for timeline in entered}


def each_day(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    for n in range((last - first).days + 1):
        yield first + dt.timedelta(days=n)


# -- other processes ---------------------------------------------------------------------


def address() -> str:
    """The tests' own database, as DATABASE_URL."""
    found = {key: quote(str(value), safe="") for key, value in connection.settings_dict.items()}
    password = f":{found['PASSWORD']}" if found["PASSWORD"] else ""
    port = f":{found['PORT']}" if found["PORT"] else ""
    return f"postgres://{found['USER']}{password}@{found['HOST']}{port}/{found['NAME']}"


def start(*words: str, **environment: str) -> subprocess.Popen[str]:
    """A Python process of the product in the tests' own database."""
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=BASE,
        env={**os.environ, "DATABASE_URL": address(), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """manage.py, to its end."""
    process = start("manage.py", *words, **environment)
    out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
