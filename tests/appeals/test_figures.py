"""The figures: how long it takes, how often it is granted, and which rules are often overturned."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from appeals import operations
from appeals.choices import State
from appeals.queries import figures
from appeals.rules import preset
from tests.appeals.cases import NOW, TODAY, findings, handler, in_state, late_customer, restriction

pytestmark = pytest.mark.django_db


def decided(granted: bool, hours: int) -> None:
    customer, agent = late_customer(), handler()
    appeal = in_state(customer, State.IN_REVIEW, agent, ("restriction", restriction(customer).pk))
    at = NOW + dt.timedelta(hours=hours)
    operations.send_message(appeal=appeal, text="We look", by=agent, at=NOW + dt.timedelta(hours=1))
    operations.decide(
        appeal=appeal, findings=findings(appeal, granted), reasons="As the papers show.",
        changes="We lift it." if granted else "", by=agent, at=at, on=TODAY,
    )  # fmt: skip


def test_the_figures_are_those_of_what_was_decided() -> None:
    for granted, hours in ((True, 2), (True, 4), (False, 30 * 24)):
        decided(granted, hours)
    last = TODAY + dt.timedelta(days=40)
    [row] = figures.times(TODAY, last)
    assert (row.kind, row.ended, row.late_by_law, row.late_by_promise) == ("appeal", 3, 1, 1)
    assert (row.first_half, row.decide_half) == (1, 4)
    [rule] = figures.by_rule(TODAY, last)
    assert (rule.name, rule.decided, rule.granted, rule.percent) == ("own_overdue", 3, 2, 66)
    grounds = {row.name: (row.decided, row.granted) for row in figures.by_ground(TODAY, last)}
    assert grounds == {"hardship": (2, 2), "correct": (1, 0)}
    assert figures.times(last, last) == []


@pytest.mark.parametrize(
    ("cases", "granted", "named"), [(4, 4, False), (5, 1, False), (5, 2, True), (10, 3, True)]
)
def test_a_rule_is_named_from_enough_cases_and_enough_of_them_granted_on(
    cases, granted, named
) -> None:
    row = figures.Share("low_score", cases, granted)
    assert (figures.often_overturned([row], preset("cn").overturned) == [row]) is named


def test_the_page_names_the_rules_to_the_risk_analyst_at_a_constant_cost(monkeypatch) -> None:
    client = Client()
    client.force_login(handler("risk_analyst"))
    address = reverse("admin:appeals_appeal_figures")
    monkeypatch.setattr(timezone, "now", lambda: NOW + dt.timedelta(days=1))
    decided(True, 2)

    def cost() -> tuple[int, str]:
        with CaptureQueriesContext(connection) as asked:
            text = client.get(address).content.decode()
        return len(asked), text

    cost()
    before, text = cost()
    assert "Rules to look at" not in text
    for _ in range(4):
        decided(True, 3)
    after, text = cost()
    assert "Rules to look at" in text
    assert "own_overdue" in text
    assert after == before


@pytest.mark.parametrize(
    ("page", "shown"), [("changelist", "Appeals"), ("figures", "Figures of appeals")]
)
def test_the_sidebar_marks_the_page_that_is_shown_and_no_other(
    client: Client, page: str, shown: str
) -> None:
    client.force_login(handler("supervisor"))
    found = client.get(reverse(f"admin:appeals_appeal_{page}"))
    groups = found.context["sidebar_navigation"]
    assert [i["title"] for g in groups for i in g["items"] if i["active"]] == [shown]
