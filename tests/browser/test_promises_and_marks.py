"""A call: the agent looks back, records a promise in Chinese; a colleague marks hardship."""

import datetime
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from accounts.models import Mark
from billing import operations as money
from billing.models import PromiseState
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
        line=line(customer),
        number="B-1",
        principal=Decimal(1000),
        due_on=datetime.date(2025, 3, 2),
        on=datetime.date(2025, 2, 15),
    )
    open_days(customer, datetime.date(2025, 1, 1), TODAY)
    money.book_repayment(
        line=line(customer), amount=Decimal(200), on=TODAY, value_on=datetime.date(2025, 3, 1)
    )
    make_user("agent", username="ming", language="zh-hans")
    make_user("supervisor", username="jie", language="en")
    return customer


def test_a_promise_in_chinese_on_a_phone_and_a_mark_in_english(browser, live_server, customer):
    expect.set_options(timeout=20_000)
    home = f"{live_server.url}/admin/accounts/customer/{customer.pk}"
    phone = browser.new_context(viewport={"width": 390, "height": 844})
    desk = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        agent = sign_in(phone.new_page(), live_server, "ming")
        agent.goto(f"{home}/change/")
        agent.get_by_label("回看日期").fill("2025-03-15")
        agent.get_by_role("button", name="回看").click()
        expect(agent.get_by_role("heading", name="现在对当日的认识")).to_be_visible()
        assert fits(agent)
        agent.goto(f"{home}/act/record_promise/")
        agent.fill("#id_due_1", "2025-03-28")
        agent.fill("#id_amount_1", "300")
        agent.select_option("#id_reason", "customer_request")
        agent.fill("#id_words", "二十八日发工资")
        agent.click("button[value=preview]")
        expect(agent.get_by_role("table").filter(has_text="合计")).to_contain_text("300.00")
        assert fits(agent)
        agent.click("button[value=confirm]")
        expect(agent.locator("#promises")).to_contain_text("2025-03-28")
        assert PromiseState.objects.get().status == "open"

        other = sign_in(desk.new_page(), live_server, "jie")
        other.goto(f"{home}/act/mark_hardship/")
        other.select_option("#id_reason", "hardship")
        other.fill("#id_words", "lost the job in May")
        other.click("button[value=preview]")
        other.click("button[value=confirm]")
        banner = other.get_by_role("note").filter(has_text="Hardship")
        expect(banner).to_contain_text("lost the job in May")
        other.goto(f"{home}/act/end_plan/")
        expect(other.get_by_role("note").filter(has_text="Hardship")).to_be_visible()
        assert fits(other)
        assert Mark.objects.get().kind == "hardship"
    finally:
        phone.close()
        desk.close()
