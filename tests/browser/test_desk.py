"""The desk and the customer's page in a real browser: they work, say nothing to others, fit."""

import datetime
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from accounts.models import User
from billing import operations as money
from config import messages
from tests.browser.pages import fits, look_up, sign_in
from tests.factories import PASSWORD, line, make_customer, make_user, open_days

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The tests share two cores with each other.
expect.set_options(timeout=20_000)

TODAY = datetime.date(2025, 3, 20)


@pytest.fixture(scope="session", autouse=True)
def _chinese():
    messages.compile_all()


@pytest.fixture
def customer(clean_book):
    customer = make_customer(name="Ada Long", phone="13812345678")
    money.book_bill(
        line=line(customer),
        number="B-1",
        principal=Decimal("1000"),
        due_on=datetime.date(2025, 2, 10),
        on=datetime.date(2025, 1, 15),
    )
    open_days(customer, datetime.date(2025, 1, 1), TODAY)
    User.objects.create_user("ada", password=PASSWORD, customer=customer)
    make_user("supervisor", username="jie")
    return customer


@pytest.fixture
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "en-GB"}


@pytest.fixture
def quiet(page, live_server):
    """Fails on an error in the console (a broken content policy among them) or a request to
    anybody else."""
    wrong = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda r: (
            None if r.url.startswith((live_server.url, "data:", "blob:")) else wrong.append(r.url)
        ),
    )
    yield page
    assert wrong == []


def test_find_a_customer_by_phone_and_see_why_in_both_languages(quiet, live_server, customer):
    page = quiet
    sign_in(page, live_server, "jie")
    page.fill("input[type=search]", "138 1234 5678")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Ada Long").click()
    why = page.locator("#why")
    expect(why).to_contain_text("bill B-1 was due on 10 Feb 2025 and is 38 days past due")
    expect(why).to_contain_text("Lifts at once when 1,019.00 is paid to the pay-later line.")
    why.get_by_role("link", name="Bill B-1").first.click()
    expect(page.locator(".dk h2").first).to_contain_text("B-1")
    page.go_back()

    page.get_by_text("jie", exact=True).click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("#why")).to_contain_text("应于 2025年2月10日 还款，已逾期 38 天")
    expect(page.locator("#why")).to_contain_text("向先享后付额度还款 1,019.00 后立即解除")
    assert page.locator("html").get_attribute("lang") == "zh-hans"


def test_the_timeline_is_filtered_and_bills_unfold(quiet, live_server, customer):
    page = quiet
    sign_in(page, live_server, "jie")
    page.goto(f"{live_server.url}/admin/accounts/customer/{customer.pk}/change/")
    page.locator(".dk-entries summary").first.click()
    expect(page.locator(".dk-entries").first).to_contain_text("Late fee")
    page.get_by_role("link", name="Facts", exact=True).last.click()
    events = page.locator(".dk-event")
    expect(events).to_have_count(1)
    expect(events).to_contain_text("Bill B-1 1,000.00")


def test_a_number_is_shown_for_a_reason_and_a_list_is_taken_away(quiet, live_server, customer):
    page = quiet
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, live_server, "jie")
    page.goto(f"{live_server.url}/admin/accounts/customer/{customer.pk}/change/")
    page.get_by_role("link", name="Reveal the phone").click()
    assert fits(page)
    expect(page.get_by_label("Phone", exact=True)).to_be_checked()
    page.get_by_label("Reason").select_option(label="Identity check on a call")
    page.get_by_label("In words").fill("Rang about bill B-1")
    page.get_by_role("button", name="Record and show").click()
    expect(page.locator("#value")).to_have_text("13812345678")
    assert fits(page)
    assert "12345678" not in page.url

    page.goto(f"{live_server.url}/admin/accounts/customer/?q=Ada")
    assert fits(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert "Ada Long" in text
    assert "13812345678" not in text


def test_the_palette_finds_customers(quiet, live_server, customer):
    page = quiet
    sign_in(page, live_server, "jie")
    page.goto(f"{live_server.url}/admin/billing/bill/")
    page.wait_for_load_state("networkidle")
    expect(look_up(page, "Ada")).to_contain_text("Ada Long")


def test_a_customer_reads_the_reasons_on_a_phone(quiet, live_server, customer):
    page = quiet
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/my/")
    page.fill("[name=username]", customer.number)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("main")).to_contain_text("bill B-1 was due on 10 Feb 2025")
    assert fits(page)
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("main")).to_contain_text("应于 2025年2月10日 还款")
    assert fits(page)
    page.get_by_role("button", name="退出").click()
    expect(page).to_have_url(f"{live_server.url}/my/login/")
