"""The first page: the book at a glance, by the reports of the days closed, for who may see it."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import Customer
from billing import operations as money
from billing.models import BusinessDay, OpenBill, Quarantine
from config import tasks
from config.night import open_due_days
from risk import operations
from risk.at_a_glance import BUCKETS, MOVES, figures
from risk.desk import drawing
from risk.desk.glance import Glance
from risk.desk.queues import queues
from risk.models import Alert, Episode, Restriction
from tests import book
from tests.factories import line, make_customer, make_user

FIRST = dt.date(2025, 1, 1)
ONE_DAY = dt.timedelta(days=1)
LAST = FIRST + 100 * ONE_DAY
INDEX = "admin:index"

pytestmark = pytest.mark.django_db


def owe(customer, due: int, amount: int = 1000, product: str = "pay_later") -> None:
    """A bill that was due so many days after the first."""
    money.book_bill(
        line=line(customer, product),
        number=f"{customer.number}/{product}/{due}",
        principal=Decimal(amount),
        due_on=FIRST + due * ONE_DAY,
        on=FIRST,
    )


def pay(customer, on: int, amount: int, product: str = "pay_later") -> None:
    money.book_repayment(
        line=line(customer, product), amount=Decimal(amount), on=FIRST + on * ONE_DAY
    )


@pytest.fixture(scope="module")
def closed(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Customer]]:
    """Seven customers, their days closed up to day 100. At its close `ten`, `thirty`, `sixty` are
    so many days past due and `old` 95; `cured` was so on day 100; `back` paid the older of two
    bills on day 98; `resting` has had a plan since day 75."""
    with django_db_blocker.unblock():
        book.empty()
        names = ("ten", "thirty", "sixty", "old", "cured", "back", "resting")
        made = {name: make_customer(FIRST) for name in names}
        owe(made["ten"], 90, 100, "cash_loan")
        owe(made["thirty"], 70, 200)
        owe(made["sixty"], 40, 400)
        owe(made["old"], 5, 800)
        owe(made["cured"], 60, 1000)
        owe(made["back"], 40, 400)
        owe(made["back"], 80, 50)
        owe(made["resting"], 40, 400)
        pay(made["cured"], 100, 5000)
        pay(made["back"], 98, 440)
        money.agree_plan(
            line=line(made["resting"]),
            bill_numbers=[f"{made['resting'].number}/pay_later/40"],
            instalments=[(FIRST + 200 * ONE_DAY, Decimal(400))],
            on=FIRST + 75 * ONE_DAY,
        )
        open_due_days(LAST)
        yield made
        book.empty()


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch):
    monkeypatch.setattr(tasks, "last_alive", lambda process: None)


def reported(on: dt.date = LAST):
    return BusinessDay.objects.get(on=on).report["book"]


def page(client, **data) -> str:
    return client.get(reverse(INDEX), data).content.decode()


# -- what a close counts -----------------------------------------------------------------


def test_a_close_counts_lines_and_amounts_by_days_past_due(closed) -> None:
    lines = reported()["lines"]
    left = OpenBill.objects.get(customer=closed["back"])
    assert lines["pay_later"] == {
        "current": {"lines": 2},
        "1-29": {"lines": 1, "amount": str(left.principal + left.interest)},
        "30-59": {"lines": 2, "amount": "200.00"},  # in a plan nothing is overdue
        "60-89": {"lines": 1, "amount": "400.00"},
        "90+": {"lines": 1, "amount": "800.00"},
    }
    assert lines["cash_loan"]["current"] == {"lines": 6}
    assert lines["cash_loan"]["1-29"] == {"lines": 1, "amount": "100.00"}


def test_a_line_rolls_on_the_day_it_reaches_the_next_bucket(closed) -> None:
    moves = reported()["moves"]["pay_later"]
    assert moves["1-29"] == {"up": 1, "stayed": 1, "down": 0, "cured": 0}
    assert moves["30-59"] == {"up": 1, "stayed": 1, "down": 0, "cured": 1}
    assert moves["90+"] == {"up": 0, "stayed": 1, "down": 0, "cured": 0}


def test_a_line_rolls_back_when_its_oldest_bill_is_paid(closed) -> None:
    moves = reported(LAST - ONE_DAY)["moves"]["pay_later"]
    assert moves["30-59"] == {"up": 0, "stayed": 3, "down": 1, "cured": 0}


def test_the_moves_of_a_day_are_of_yesterdays_overdue_lines(closed) -> None:
    rows = list(BusinessDay.objects.order_by("on"))
    for before, after in pairwise(rows):
        for product, buckets in before.report["book"]["lines"].items():
            moves = after.report["book"]["moves"][product]
            for bucket in BUCKETS:
                assert sum(moves[bucket][way] for way in MOVES) == buckets[bucket]["lines"]
            counts = after.report["book"]["episodes"][product]
            overdue = sum(after.report["book"]["lines"][product][b]["lines"] for b in BUCKETS)
            was = sum(buckets[b]["lines"] for b in BUCKETS)
            assert overdue == was + counts["opened"] - counts["cured"]


def test_the_counts_of_the_days_are_those_of_the_record(closed) -> None:
    books = [day.report["book"] for day in BusinessDay.objects.all()]
    counts = [row for book in books for row in book["episodes"].values()]
    assert sum(row["opened"] for row in counts) == Episode.objects.count() == 7
    assert sum(row["cured"] for row in counts) == 1
    causes = [row for book in books for row in book["restrictions"]]
    assert sum(row["opened"] for row in causes) == Restriction.objects.count() > 0
    released = Restriction.objects.filter(until_on__isnull=False)
    assert sum(row["released"] for row in causes) == released.count() > 0
    standing = sum(row["standing"] for row in reported()["restrictions"])
    assert standing == Restriction.objects.filter(until_on=None).count()
    assert sum(reported()["scores"].values()) == 7
    alerts = Alert.objects.filter(closed_on=None).order_by("opened_on")
    queue = reported()["queues"].get("alerts", {"ages": [], "oldest": None})
    assert sum(queue["ages"]) == alerts.count()
    assert queue["oldest"] == (alerts[0].opened_on.isoformat() if alerts else None)


def test_restrictions_by_staff_are_one_reason(closed) -> None:
    for n in range(2):
        operations.restrict_line(
            line=line(closed["ten"]), number=f"R{n}", effect="suspend", reason="fraud?",
            on=LAST, by=make_user(),
        )  # fmt: skip
    (row,) = (row for row in figures(LAST)["restrictions"] if row["trigger"] == "manual")
    assert row == {"trigger": "manual", "code": "", "opened": 2, "released": 0, "standing": 2}


# -- the page ----------------------------------------------------------------------------


def test_the_page_shows_the_figures_with_tables_and_lists_behind_them(client, closed) -> None:
    client.force_login(make_user("supervisor"))
    text = page(client)
    for words in (
        "30–59 days past due", "Roll rate", "Newly overdue", "Cured", "Credit scores",
        "Restrictions by reason", "Queues", "Last night", "All checks hold", "800.00",
    ):  # fmt: skip
        assert words in text
    assert text.count("<details") >= 6
    episodes = reverse("admin:risk_episode_changelist")
    assert f"{episodes}?dpd=30-59&amp;line__product__exact=pay_later" in text
    assert f"{episodes}?cured_on={LAST}" in text


def test_each_figure_leads_to_as_many_rows(client, closed) -> None:
    user = make_user("supervisor")
    client.force_login(user)
    glance = Glance(user)

    def rows(url: str) -> int:
        assert url
        response = client.get(url)
        assert response.status_code == 200, url
        return response.context["cl"].result_count

    for portfolio in glance.portfolios:
        assert rows(portfolio.url) == portfolio.overdue
        for bucket in portfolio.buckets:
            assert rows(bucket.url) == bucket.lines, bucket.name
    for flow in glance.flows:
        for count, url in flow.counts:
            if count:
                assert rows(url) == count
    assert glance.causes
    for cause in glance.causes:
        assert rows(cause.opened_url) == cause.opened
        assert rows(cause.released_url) == cause.released
        assert rows(cause.standing_url) == cause.standing
    for queue in queues(glance):
        assert rows(queue.url) == queue.count


def test_a_roll_rate_is_of_the_lines_that_left(closed) -> None:
    pay_later, cash_loan = Glance(make_user("supervisor")).portfolios
    rates = [bucket.rate for bucket in pay_later.buckets]
    # Days 71 to 100: from 1-29 two rolled on; from 30-59 one rolled on, one rolled back, one was
    # cured; from 60-89 one rolled on.
    assert rates == ["100.0%", "33.3%", "100.0%", None]
    assert [bucket.rate for bucket in cash_loan.buckets] == [None] * 4


def test_the_page_speaks_both_languages(client, closed) -> None:
    user = make_user("supervisor", language="zh-hans")
    client.force_login(user)
    assert "逾期" in page(client)
    with translation.override("zh-hans"):
        assert Glance(user).portfolios[0].buckets[0].lines == 1


def test_who_may_not_see_the_rows_does_not_see_the_figures(client, closed) -> None:
    client.force_login(make_user())
    text = page(client)
    for words in ("days past due", "Restrictions by reason", "Credit scores", "Queues", "Beat"):
        assert words not in text
    user = make_user()
    user.user_permissions.add(Permission.objects.get(codename="view_restriction"))
    client.force_login(user)
    text = page(client)
    assert "Restrictions by reason" in text
    assert "days past due" not in text
    assert "Credit scores" not in text


def test_an_agent_sees_the_book_but_not_the_night(client, closed) -> None:
    client.force_login(make_user("agent"))
    text = page(client)
    assert "30–59 days past due" in text
    assert "Last night" not in text
    assert "Beat" not in text
    assert reverse("admin:billing_quarantine_changelist") not in text


@pytest.mark.parametrize("old", [{}, {"book": None}, {"book": {}}, {"book": {"lines": []}}, []])
def test_a_report_of_before_does_not_break_the_page(client, closed, old) -> None:
    BusinessDay.objects.filter(on__lt=LAST).update(report=old)
    client.force_login(make_user("supervisor"))
    assert "30–59 days past due" in page(client)
    BusinessDay.objects.update(report=old)
    text = page(client)
    assert "Last night" in text
    assert "30–59 days past due" not in text


def test_a_day_that_failed_is_told(client, closed) -> None:
    failed = LAST + ONE_DAY
    BusinessDay.objects.create(on=failed, status="failed", slices=1, error="Totals do not tie: 1")
    client.force_login(make_user("supervisor"))
    text = page(client)
    assert "Check failed" in text
    assert reverse("admin:billing_businessday_change", args=[failed]) in text


def test_the_page_costs_as_much_with_fifty_customers_as_with_five(client, closed) -> None:
    client.force_login(make_user("supervisor"))

    def cost() -> int:
        page(client)
        with CaptureQueriesContext(connection) as found:
            page(client)
        return len(found)

    before = cost()
    for n in range(45):
        customer = make_customer(FIRST)
        owe(customer, 95 + n % 3)
        Quarantine.objects.create(customer=customer, since=LAST, error="sick")
    Quarantine.objects.update(released_at=dt.datetime(2025, 5, 1, tzinfo=dt.UTC))
    open_due_days(LAST + 3 * ONE_DAY)
    assert cost() == before < 30


# -- drawing -----------------------------------------------------------------------------


def test_what_is_there_is_never_drawn_as_nothing() -> None:
    assert drawing.share(0, 10) == "0"
    assert drawing.share(1, 1_000_000) == "1.00"
    assert drawing.share(10, 10) == "100.00"
    assert drawing.share(1, 0) == "0"
    chart = drawing.mirrored([4, 0], [1, 0], ["a", "b"])
    assert (chart.columns[0].y, chart.columns[0].height, chart.columns[0].low) == (
        "0.00", "50.00", "12.50",
    )  # fmt: skip
    assert drawing.columns([], []).width == drawing.PITCH
