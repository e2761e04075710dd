"""Calendars of banking days: what an opening knows of them, and who may add to them when."""

import datetime as dt
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from billing import holidays
from billing.bankdays import BankDays
from billing.engine.holidays import moved_due_dates
from billing.holidays import HolidayRefused, NoCalendar
from billing.models import BankCalendar, BusinessDay, Holiday
from billing.terms import TermsError, load_terms
from risk.explain import rulebook
from risk.policy import CONTRACT, preset
from tests.factories import make_user

TODAY = dt.date(2026, 4, 20)
MAY = dt.date(2026, 5, 1)
TERMS = preset(CONTRACT).terms["pay_later"].document()


@pytest.fixture
def calendar(db: None) -> BankCalendar:
    return holidays.add_calendar(code="bank", name="Bank", weekend=[6, 7])


def add(calendar: BankCalendar, announced_on: dt.date = TODAY, **more) -> list[Holiday]:
    values = {"days": [MAY], "name": "May", "today": TODAY, **more}
    return holidays.add_holidays(calendar=calendar, announced_on=announced_on, **values)


def test_a_date_without_a_banking_day_near_it_stays() -> None:
    days = BankDays(days={MAY + dt.timedelta(days=n): False for n in range(-400, 400)})
    for rule in ("following", "preceding"):
        assert days.moved(MAY, issued_on=MAY - dt.timedelta(days=390), rule=rule) == MAY


def test_preceding_may_be_the_day_of_issue_and_none_before() -> None:
    days = BankDays(days={MAY: False})
    before = MAY - dt.timedelta(days=1)
    assert days.moved(MAY, issued_on=before, rule="preceding") == before
    assert days.moved(MAY, issued_on=MAY, rule="preceding") == MAY


def test_an_opening_knows_what_was_announced_before_it_and_the_last_of_it(calendar) -> None:
    add(calendar)
    add(calendar, TODAY + dt.timedelta(days=3), worked=True)
    for later, banking in ((0, True), (1, False), (3, False), (4, True)):
        known = holidays.known_at(TODAY + dt.timedelta(days=later), "bank")
        assert known.banking(MAY) == banking
        assert not known.banking(dt.date(2026, 5, 2))  # a Saturday


def test_terms_that_leave_due_dates_alone_ask_nothing(calendar, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert moved_due_dates(load_terms("pay_later", TERMS), on=TODAY, first=MAY, last=MAY) == {
            "off": [],
            "instead": [],
        }
    moving = load_terms("pay_later", {**TERMS, "due_on_holiday": "following", "calendar": "bank"})
    with django_assert_num_queries(1):
        found = moved_due_dates(moving, on=TODAY, first=MAY, last=MAY + dt.timedelta(days=31))
    assert found["off"][0] == dt.date(2026, 5, 2)
    assert found["instead"][0] == dt.date(2026, 5, 4)


def test_a_calendar_that_is_not_there_is_said_and_one_is_needed(db: None) -> None:
    with pytest.raises(NoCalendar, match="'none-such'"):
        holidays.known_at(TODAY, "none-such")
    with pytest.raises(TermsError, match="needs a calendar"):
        load_terms("pay_later", {**TERMS, "due_on_holiday": "following"})
    with pytest.raises(TermsError, match="calendar"):
        load_terms("pay_later", {**TERMS, "calendar": "no such name"})


def test_the_past_is_not_rewritten(calendar) -> None:
    with pytest.raises(HolidayRefused, match="2026-04-20 is possible"):
        add(calendar, TODAY - dt.timedelta(days=1))
    BusinessDay.objects.create(on=TODAY + dt.timedelta(days=1), status="closed", slices=1)
    with pytest.raises(HolidayRefused, match="2026-04-21 is possible"):
        add(calendar)
    assert not Holiday.objects.filter(calendar=calendar).exists()


def test_a_day_is_announced_once_a_day_and_a_span_is_whole_or_not_at_all(calendar) -> None:
    add(calendar)
    with pytest.raises(HolidayRefused, match="a later announcement"):
        add(calendar, days=holidays.span(dt.date(2026, 4, 30), MAY))
    with pytest.raises(HolidayRefused, match="1 to 60"):
        holidays.span(MAY, dt.date(2026, 4, 30))
    assert Holiday.objects.filter(calendar=calendar).count() == 1


def test_an_analyst_enters_holidays_and_nobody_edits_them(calendar, client, monkeypatch) -> None:
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: TODAY)
    client.force_login(make_user("risk_analyst"))
    sent = {
        "calendar": calendar.pk, "name": "劳动节", "on": "2026-05-01", "through": "2026-05-05",
        "announced_on": "2026-04-19",
    }  # fmt: skip
    refused = client.post("/admin/billing/holiday/add/", sent)
    assert "2026-04-20 is possible" in refused.content.decode()
    assert client.post("/admin/billing/holiday/add/", {**sent, "announced_on": "2026-04-20"})
    rows = Holiday.objects.filter(calendar=calendar)
    assert [row.on.day for row in rows.order_by("on")] == [1, 2, 3, 4, 5]
    page = f"/admin/billing/holiday/{rows[0].pk}/change/"
    assert client.post(page, sent).status_code == 403
    client.post(
        "/admin/billing/bankcalendar/add/", {"code": "hk", "name": "Hong Kong", "weekend": [7]}
    )
    assert BankCalendar.objects.get(code="hk").weekend == [7]


@pytest.mark.parametrize(
    ("rule", "says"),
    [("none", ""), ("following", "on the next banking day"), ("preceding", "the bill says which")],
)
def test_the_rules_page_says_it_in_words(rule: str, says: str) -> None:
    terms = load_terms("pay_later", {**TERMS, "due_on_holiday": rule, "calendar": "cn"})
    book = rulebook.read(preset(CONTRACT).policy, {"pay_later": terms})
    words = [each for each in book.products[0].sentences if "banking day" in each]
    assert len(words) == bool(says)
    assert says in "".join(words)


def test_chinas_calendar_comes_with_the_book_and_no_product_uses_it(db: None) -> None:
    if not BankCalendar.objects.filter(code="cn").exists():  # a test before emptied the book
        migration = import_module("billing.migrations.0060_holidays")
        migration.add_china(apps, SimpleNamespace(connection=connection))
    known = holidays.known_at(dt.date(2026, 1, 1), "cn")
    assert known.banking(dt.date(2026, 2, 14))
    assert not known.banking(dt.date(2026, 2, 23))
    assert all(terms.due_on_holiday == "none" for terms in preset(CONTRACT).terms.values())
