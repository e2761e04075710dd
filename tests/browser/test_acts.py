"""A day at the desk: an act above one's authority, approved by another, in a real browser."""

import datetime
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from billing import operations as money
from config import messages
from risk.desk import acts
from tests.browser.pages import fits, sign_in
from tests.factories import line, make_customer, make_user, open_days, start_with_limits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = datetime.date(2025, 3, 20)


@pytest.fixture(scope="session", autouse=True)
def _chinese():
    messages.compile_all()


@pytest.fixture
def customer(clean_book, monkeypatch):
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    start_with_limits()
    customer = make_customer(name="Ada Long", phone="13812345678")
    money.book_bill(
        line=line(customer), number="B-1", principal=Decimal(1000),
        due_on=datetime.date(2025, 2, 10), on=datetime.date(2025, 1, 15),
    )  # fmt: skip
    open_days(customer, datetime.date(2025, 1, 1), TODAY)
    make_user("agent", username="ming", language="zh-hans")
    make_user("supervisor", username="jie", language="en")
    return customer


def test_an_exemption_is_asked_in_chinese_and_approved_in_english(browser, live_server, customer):
    expect.set_options(timeout=20_000)
    phone = browser.new_context(viewport={"width": 390, "height": 844})
    desk = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        agent = sign_in(phone.new_page(), live_server, "ming")
        agent.goto(f"{live_server.url}/admin/accounts/customer/{customer.pk}/change/")
        agent.get_by_text("办理", exact=True).click()
        agent.get_by_role("link", name="豁免某条规则").click()
        agent.fill("#id_days", "30")
        agent.select_option("#id_reason", "hardship")
        agent.fill("#id_words", "客户提供了住院证明")
        assert fits(agent)
        agent.get_by_role("button", name="查看办理后的结果").click()
        expect(agent.locator(".dk-act")).to_contain_text("解除")
        expect(agent.locator(".dk-act")).to_contain_text("需审批")
        assert fits(agent)
        agent.get_by_role("button", name="提交审批").click()
        expect(agent.locator(".dk-waiting")).to_contain_text("豁免某条规则")

        supervisor = sign_in(desk.new_page(), live_server, "jie")
        supervisor.get_by_role("link", name="Requests for approval").click()
        supervisor.get_by_role("link", name="Exempt from a rule").click()
        expect(supervisor.locator(".dk-act")).to_contain_text("Lifts")
        supervisor.fill("#id_words", "Seen the certificate")
        supervisor.get_by_role("button", name="Approve and do it").click()
        expect(supervisor.locator("body")).to_contain_text("Approved and done.")

        agent.reload()
        expect(agent.locator(".dk-waiting")).to_have_count(0)
        expect(agent.locator("#timeline")).to_contain_text("客户提供了住院证明")
    finally:
        phone.close()
        desk.close()
