"""Notices at the desk in a real browser: the list, a notice in both languages, a new text."""

import datetime as dt
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from accounts.models import Notice, NoticeTemplate
from accounts.notices import delivering
from billing import operations as money
from config import messages
from tests.browser.pages import fits, sign_in
from tests.factories import line, make_customer, make_user, open_days

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DUE, TODAY = dt.date(2025, 3, 10), dt.date(2025, 3, 11)
NOON = dt.datetime(2025, 3, 11, 4, tzinfo=dt.UTC)


@pytest.fixture(scope="session", autouse=True)
def _chinese():
    messages.compile_all()


@pytest.fixture
def customer(clean_book):
    customer = make_customer(dt.date(2025, 3, 1), name="王敏", language="zh-hans")
    money.book_bill(
        line=line(customer), number="B-1", principal=Decimal(1000), due_on=DUE,
        on=dt.date(2025, 3, 1),
    )  # fmt: skip
    open_days(customer, dt.date(2025, 3, 1), TODAY)
    # A fact of the day tells what the days before it left to be told.
    money.book_purchase(line=line(customer), amount=Decimal(5), on=TODAY)
    Notice.objects.update(queued_at=NOON, due_at=NOON)
    delivering.deliver(now=NOON)
    make_user("supervisor", username="jie", language="en")
    make_user("agent", username="ming", language="zh-hans")
    return customer


def test_a_notice_is_read_in_both_languages_and_its_text_is_made_anew(
    browser, live_server, customer
):
    expect.set_options(timeout=20_000)
    phone = browser.new_context(viewport={"width": 390, "height": 844})
    desk = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        agent = sign_in(phone.new_page(), live_server, "ming")
        agent.goto(f"{live_server.url}/admin/accounts/notice/")
        expect(agent.locator("#result_list")).to_contain_text("账单逾期")
        expect(agent.locator("#result_list")).to_contain_text("已发送")
        assert fits(agent)
        agent.get_by_role("link", name="账单逾期").click()
        letters = agent.locator(".dk-letters .dk-letter")
        expect(letters).to_have_count(2)
        expect(letters.nth(0)).to_contain_text("您的先享后付额度账单已逾期 1 天")
        expect(letters.nth(0)).to_contain_text("王敏，您好")
        expect(letters.nth(1)).to_contain_text("bill is 1 day past due")
        assert fits(agent)
        # An agent reads the texts and does not change them.
        agent.goto(f"{live_server.url}/admin/accounts/noticetemplate/text/overdue/zh-hans/")
        expect(agent.get_by_role("button", name="预览")).to_have_count(0)
        assert fits(agent)

        supervisor = sign_in(desk.new_page(), live_server, "jie")
        supervisor.get_by_role("link", name="Texts of notices").click()
        row = supervisor.locator("section", has_text="Bill overdue")
        row.get_by_role("link", name="Simplified Chinese").click()
        supervisor.fill("#id_subject", "{{ name }}：{{ product }}逾期 {{ day }} 天")
        supervisor.fill("#id_customer", customer.number)
        supervisor.get_by_role("button", name="Show how it reads").click()
        expect(supervisor.locator(".dk-error")).to_contain_text("day is unknown here")
        supervisor.fill("#id_subject", "{{ name }}：{{ product }}逾期 {{ days }} 天")
        supervisor.get_by_role("button", name="Show how it reads").click()
        shown = supervisor.locator(".dk-preview")
        expect(shown).to_contain_text(f"With the facts of {customer.number}")
        expect(shown).to_contain_text("王敏：先享后付额度逾期 1 天")
        assert fits(supervisor)
        supervisor.get_by_role("button", name="Publish this text").click()
        expect(supervisor.locator("body")).to_contain_text("Version 1 is published.")
        text = NoticeTemplate.objects.get()
        assert (text.kind, text.language, text.version) == ("overdue", "zh-hans", 1)
        assert text.published_by.username == "jie"

        supervisor.goto(
            f"{live_server.url}/admin/accounts/customer/{customer.pk}/change/?show=notices"
        )
        expect(supervisor.locator("#timeline")).to_contain_text("您的先享后付额度账单已逾期 1 天")
    finally:
        phone.close()
        desk.close()
