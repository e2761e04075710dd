"""The first page before there is a book, and the health of the night on it."""

import datetime as dt
import json
import time

import pytest
import redis
from django.urls import reverse

from config import dashboard, tasks
from config.night import days, open_due_days
from risk.at_a_glance import figures
from tests.factories import make_customer, make_user

FIRST = dt.date(2025, 1, 1)
ONE_DAY = dt.timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def seen(monkeypatch):
    """When beat and worker gave their last sign, in place of the cache."""
    times: dict[str, float | None] = {}
    monkeypatch.setattr(tasks, "last_alive", times.get)
    return times


def page(client) -> str:
    return client.get(reverse("admin:index")).content.decode()


def test_without_a_closed_day_the_page_says_what_to_do(client, db) -> None:
    client.force_login(make_user("supervisor"))
    assert "import_book" in page(client)
    make_customer(FIRST)
    text = page(client)
    assert "No day is closed yet" in text
    assert "manage.py nightly" in text
    days.start(FIRST)
    text = page(client)
    assert "No day is closed yet" in text
    assert "Opening" in text


def test_a_book_without_lines_has_figures_too(db) -> None:
    empty = figures(FIRST)
    assert empty["lines"]["pay_later"]["current"] == {"lines": 0}
    assert (empty["scores"], empty["restrictions"], empty["queues"]) == ({}, [], {})
    assert json.loads(json.dumps(empty)) == empty


@pytest.mark.parametrize(
    ("ago", "words", "tone"),
    [
        (5, "last seen less than a minute ago", "good"),
        (61, "last seen 1 minute ago", "good"),
        (4 * 60 + 1, "last seen 4 minutes ago", "warn"),
        (2 * 3600 + 1, "last seen 2 hours ago", "warn"),
        (None, "unknown: not seen within 24 hours", "none"),
    ],
)
def test_the_page_tells_when_beat_was_last_seen(client, db, seen, ago, words, tone) -> None:
    make_customer(FIRST)
    seen["beat"] = None if ago is None else time.time() - ago
    client.force_login(make_user("supervisor"))
    assert f'<span>Beat</span> <span class="dk-pill dk-{tone}">{words}</span>' in page(client)


def test_a_cache_that_is_away_does_not_break_the_page(client, db, monkeypatch) -> None:
    def away(process: str) -> float:
        raise redis.ConnectionError

    monkeypatch.setattr(tasks, "last_alive", away)
    make_customer(FIRST)
    client.force_login(make_user("supervisor"))
    assert "unknown: the cache is away" in page(client)


def test_days_that_are_due_are_told(client, db, monkeypatch) -> None:
    client.force_login(make_user("supervisor"))
    make_customer(FIRST)
    open_due_days(FIRST)
    monkeypatch.setattr(dashboard, "due_through", lambda now: FIRST)
    assert "Last day closed" in page(client)
    assert "is due" not in page(client)
    monkeypatch.setattr(dashboard, "due_through", lambda now: FIRST + 3 * ONE_DAY)
    assert "3 days are due" in page(client)
