"""The engine in SQL computes what the contract says, for one customer and for a whole book."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from billing.models import AheadOfNight, BusinessDay, DaySlice
from config.night import days, open_due_days
from risk import checks, scenario
from risk.scenario_file import Scenario, differences, load
from tests import book, oracle
from tests.timelines import learned_on_time, scenarios

FILES = sorted((Path(__file__).parents[1] / "scenarios").glob("*.yaml"))
ONE_DAY = dt.timedelta(days=1)


# -- the contract's timelines ------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_engine_agrees_with_the_timeline(path: Path, db: None) -> None:
    timeline = load(path)
    states = scenario.run(timeline)["states"]
    found = [
        difference
        for expected, state in zip(timeline.expect, states, strict=True)
        for difference in differences(expected, state)
    ]
    assert found == []


SHORT = [path for path in FILES if path.stem in ("one-day-late", "tolerance")]


def test_scenario_command_prints_a_line_a_file(db: None) -> None:
    done = book.manage("scenario", *map(str, SHORT))
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["ok", "ok"]


def test_scenario_command_prints_the_states_as_json(db: None) -> None:
    done = book.manage("scenario", *map(str, SHORT), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    printed = json.loads(done.stdout)
    assert printed == [oracle.run(load(path)) for path in SHORT]
    for state in (state for file in printed for state in file["states"]):
        assert list(state) == [
            "at", "score", "lines", "fees", "restrictions", "alerts", "events",
        ]  # fmt: skip


def test_scenario_command_says_what_differs_and_exits_with_1(tmp_path: Path, db: None) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "name: wrong\ncustomer: {opened: 2026-01-01}\nlines: {pay_later: 100}\nfacts: []\n"
        "expect:\n- {at: 2026-01-02, score: 601}\n"
    )
    done = book.manage("scenario", str(wrong), str(SHORT[0]))
    assert done.returncode == 1
    assert "2026-01-02 score: expected 601, got 600" in done.stdout
    assert "\nok " in done.stdout


def test_scenario_command_refuses_a_file_whole_and_exits_with_2(tmp_path: Path, db: None) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        "customer: {opened: 2026-01-01}\nlines: {pay_later: 100}\nfacts:\n"
        "- {date: 2026-01-02, repay: {id: P1, line: pay_later, amount: .nan}}\nexpect: []\n"
    )
    done = book.manage("scenario", str(SHORT[0]), str(bad), str(tmp_path / "none.yaml"))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{bad}: " in done.stderr
    assert "amount" in done.stderr
    assert "none.yaml: does not exist" in done.stderr
    assert "Traceback" not in done.stderr


# -- random timelines, one by one --------------------------------------------------------


@given(timeline=scenarios())
def test_engine_agrees_with_the_oracle_on_random_timelines(timeline: Scenario, db: None) -> None:
    assert scenario.run(timeline) == oracle.run(timeline)


@settings(max_examples=max(1, settings().max_examples // 3))
@given(timeline=scenarios())
def test_what_is_recorded_is_the_same_when_facts_are_learned_late(
    timeline: Scenario, db: None
) -> None:
    last = max(
        [timeline.opened]
        + [expected["at"] for expected in timeline.expect]
        + [fact.booked_on for fact in timeline.facts]
    )
    late = book.learned_live(timeline, last)
    assert late == book.learned_live(learned_on_time(timeline), last)


# -- a book of them, opened by the night -------------------------------------------------

FIRST, LAST = dt.date(2025, 12, 15), dt.date(2026, 2, 20)
BOOK = max(6, settings().max_examples // 2)
SEED = int(os.environ.get("BOOK_SEED", "0"))  # other timelines than those of every day


@pytest.fixture(scope="module")
def histories() -> list[Scenario]:
    """The liveliest of many random timelines, and some customers to whom nothing happens."""
    found = book.timelines(range(SEED, SEED + 60 * BOOK), FIRST, LAST)
    found.sort(key=lambda timeline: -len(timeline.facts))
    return found[:BOOK] + found[-2:]


@pytest.fixture(scope="module")
def expected(
    histories: list[Scenario], django_db_setup: None, django_db_blocker: Any
) -> dict[str, book.Record]:
    """The record of each where it was learned live, alone."""
    with django_db_blocker.unblock():
        return {
            f"~{n:04}:": book.learned_live(timeline, LAST)
            for n, timeline in enumerate(histories, start=1)
        }


def assert_as_expected(entered: list[Any], expected: dict[str, book.Record]) -> None:
    """Each timeline's record is that of the one learned live, and the book is sound."""
    for timeline in entered:
        found = book.records([timeline])[timeline.token]
        for name, rows in expected[timeline.token].items():
            assert found[name] == rows, f"{timeline.scenario.name}: {name}"
    assert checks.all_findings(checks.whole_book()) == []
    assert [day.on for day in BusinessDay.objects.order_by("on")] == list(
        book.each_day(min(timeline.scenario.opened for timeline in entered), LAST)
    )
    assert not BusinessDay.objects.exclude(status="closed").exists()
    assert not AheadOfNight.objects.exists()


@pytest.mark.parametrize("slices", [1, 2])
def test_a_book_caught_up_in_one_go_equals_timelines_learned_live(
    histories, expected, slices, clean_book, monkeypatch
) -> None:
    if slices == 2:
        monkeypatch.setattr(days, "_TWO_SLICES_FROM", 1)
    entered = book.enter_all(histories)
    book.book_facts(entered)
    closed = open_due_days(LAST)
    assert_as_expected(entered, expected)
    assert {day.slices for day in closed} == {slices}

    written = rows_by_table()
    assert open_due_days(LAST) == []
    assert rows_by_table() == written


def test_missed_nights_between_live_facts_change_nothing(histories, expected, clean_book) -> None:
    entered = book.enter_all(histories)
    before = FIRST - ONE_DAY
    for n, opened in enumerate((FIRST + dt.timedelta(days=d) for d in (20, 33, 41, 50)), start=1):
        book.book_facts(entered, after=before, through=opened - ONE_DAY)  # before any of its days
        book.nights(opened)
        behind = opened + dt.timedelta(days=3 * n)
        book.book_facts(entered, after=max(before, opened - ONE_DAY), through=behind)  # ahead
        before = behind
    assert AheadOfNight.objects.exists()
    book.nights(LAST)
    book.book_facts(entered, after=before)  # all of it late
    book.nights(LAST)
    assert_as_expected(entered, expected)


def test_facts_and_customers_that_come_day_by_day_around_the_night_change_nothing(
    histories, expected, clean_book
) -> None:
    """Half of them before the night of their day, half in the daytime, when it is over.

    So half of the customers sign up on a day that was opened for the book without them.
    """
    entered: dict[str, Any] = {}

    def come(on: dt.date, half: int) -> None:
        for n, timeline in enumerate(histories, start=1):
            token = f"~{n:04}:"
            if timeline.opened == on and n % 2 == half:
                entered[token] = book.enter(timeline, token)
            if token in entered and n % 2 == half:
                book.book_facts([entered[token]], after=on - ONE_DAY, through=on)

    for on in book.each_day(FIRST, LAST):
        come(on, 0)
        book.nights(on)
        if on.day % 5 == 0:
            book.nights(on)  # the night comes twice
        come(on, 1)
    assert_as_expected(list(entered.values()), expected)


def test_a_day_opened_again_for_a_slice_that_is_done_is_refused_by_the_calendar(
    histories, clean_book
) -> None:
    entered = book.enter_all(histories[:3])
    book.book_facts(entered)
    book.nights(FIRST + dt.timedelta(days=30))
    written = rows_by_table()
    day = BusinessDay.objects.order_by("on").last()
    assert days.work_on_slice(day) is False
    assert days.close(day, thorough=True).closed_at == day.closed_at
    assert days.start(day.on) == day
    assert rows_by_table() == written


def rows_by_table() -> dict[str, tuple[int, int]]:
    """How many rows each table has, and the sum over their contents."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class where relkind = 'r' "
            "and relnamespace = 'public'::regnamespace and relname ~ '^(billing|risk|accounts)_'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"select count(*), coalesce(sum(hashtext(t::text)), 0) from {table} t")
            found[table] = cursor.fetchone()
    assert DaySlice.objects.filter(status="waiting").count() == 0
    return found
