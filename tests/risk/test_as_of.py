"""As it was on a day: the shadow says what was recorded when that day was the last one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction

from risk.engine.as_of import as_of, learned_later
from risk.scenario import Timeline, play
from risk.scenario_file import ScenarioError
from tests.records import record
from tests.timelines import random_scenario

pytestmark = pytest.mark.django_db

Records = dict[dt.date, dict[str, list[Any]]]


def lived(seed: int) -> tuple[Records, Records, int]:
    """What was recorded at the end of some days, what a look back at them from the last day says,
    and how many of them something learned later has changed."""
    scenario = random_scenario(seed)
    last = max([fact.booked_on for fact in scenario.facts] + [scenario.opened])
    ends = sorted({fact.booked_on for fact in scenario.facts} | {scenario.opened, last})[-12:]
    live: Records = {}
    back: Records = {}
    changed = 0

    def note(timeline: Timeline, on: dt.date) -> None:
        nonlocal changed
        if on in ends:
            live[on] = record(timeline.customer.pk, timeline.token)
        if on != last:
            return
        for day in ends:
            changed += learned_later(timeline.customer.pk, day) is not None
            with as_of(
                timeline.customer.pk, day, known_by=day, first=scenario.opened,
                rulebook=timeline.book.rulebook,
            ):  # fmt: skip
                back[day] = record(timeline.customer.pk, timeline.token)
        assert record(timeline.customer.pk, timeline.token) == live[last]

    play(scenario, last, note)
    return live, back, changed


def test_a_look_back_is_what_was_recorded_when_the_day_was_live() -> None:
    days = changed = 0
    for seed in range(700, 712):
        try:
            live, back, learned = lived(seed)
        except ScenarioError:
            continue
        for day, then in back.items():
            assert then == live[day], (seed, day)
            days += 1
        changed += learned
    assert days > 30
    assert changed > 5


def test_nothing_real_is_written_and_no_shadow_is_left() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_class where relnamespace = pg_my_temp_schema() "
            "and relname in ('billing_fact', 'risk_decision')"
        )
        assert cursor.fetchone() == (0,)
    live, back, _ = lived(701)
    assert back
    assert live
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_class where relnamespace = pg_my_temp_schema() "
            "and relname in ('billing_fact', 'risk_decision')"
        )
        assert cursor.fetchone() == (0,)
