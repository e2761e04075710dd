"""The customer's side on a phone: in both languages, with and without JavaScript, for all."""

import datetime
from decimal import Decimal

import pytest
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from billing import operations as money
from config import messages
from tests.appeals import test_portal_matrix as matrix
from tests.browser.accessible import LOADED, violations
from tests.factories import line, make_customer, open_days

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

expect.set_options(timeout=20_000)

FIRST = datetime.date(2025, 3, 1)
TODAY = datetime.date(2025, 3, 20)
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session", autouse=True)
def _chinese():
    messages.compile_all()


@pytest.fixture
def today(clean_book, monkeypatch):
    cache.clear()
    for module in ("pay", "rules", "loans", "appeals", "offers", "autopay"):
        monkeypatch.setattr(f"appeals.portal.views.{module}.book_date", lambda: TODAY)


@pytest.fixture
def world(today):
    """One of everything, as the matrix of the customer's side has it."""
    made = matrix.make_world()
    made["owner"].language = "en"
    made["owner"].save(update_fields=["language"])
    return made


@pytest.fixture
def customer(today):
    customer = make_customer(FIRST, name="Ada Long", language="en")
    money.book_bill(
        line=line(customer), number="B-1", principal=Decimal(1000),
        due_on=datetime.date(2025, 3, 10), on=FIRST,
    )  # fmt: skip
    open_days(customer, FIRST, TODAY)
    return customer


def watched(page, live_server):
    """What goes wrong on a page: errors in the console (a broken content policy among them), and
    requests to anybody else."""
    wrong = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda r: None if r.url.startswith((live_server.url, "data:")) else wrong.append(r.url),
    )
    return wrong


def sign_in(page, live_server, customer):
    begin(page, live_server, customer)
    page.wait_for_url(f"{live_server.url}/my/")


def begin(page, live_server, customer):
    """The first step: the one-time code."""
    page.goto(f"{live_server.url}/my/login/code/")
    page.get_by_role("textbox").fill(customer.number)
    page.locator("button.main").click()
    page.locator("#id_code").fill(page.locator("#sandbox-code").inner_text())
    page.locator("button.main").click()


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(
    ("language", "scheme", "words"),
    [
        ("en", "light", "Pay 1,000.00 to your pay-later line today."),
        ("zh-hans", "dark", "请今天向先享后付额度还款 1,000.00。"),
    ],
)
def test_every_page_fits_is_quiet_and_is_for_all(
    browser, live_server, world, language, scheme, words
):
    """Every page of the matrix of the customer's side, so that none can be left out."""
    context = browser.new_context(viewport=PHONE, color_scheme=scheme, locale="en-GB")
    page = context.new_page()
    wrong = watched(page, live_server)
    faults = []

    def look(path):
        page.goto(f"{live_server.url}{path}")
        faults.extend((path, line) for line in violations(page, until=LOADED))
        if not fits(page):
            faults.append((path, "too wide"))

    for name, (_customers, others) in matrix.OPEN.items():
        if others == 200:
            look(reverse(f"my:{name}"))
    sign_in(page, live_server, world["owner"])
    if language != "en":
        page.get_by_role("button", name="简体中文").click()
    expect(page.locator(".what")).to_have_text(words)
    for name, (method, arguments, owner, _other) in matrix.PAGES.items():
        if (method, owner) == ("get", 200):
            look(reverse(f"my:{name}", kwargs=matrix.filled(world, arguments)))
    look(reverse("my:sandbox", args=[world["slip"]]))
    context.close()
    assert faults == []
    assert wrong == []


def test_paying_without_javascript_brings_the_lines_back(browser, live_server, customer):
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    sign_in(page, live_server, customer)
    page.get_by_role("link", name="See what happens then").click()
    expect(page.locator(".steps")).to_contain_text("You pay 1,005.00")
    page.goto(f"{live_server.url}/my/pay/")
    page.get_by_role("button", name="Go on to pay").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.locator("h1")).to_have_text("Thank you: the payment is booked")
    page.get_by_role("link", name="Overview").last.click()
    expect(page.locator(".what")).to_have_text("Nothing to pay, and nothing restricts your credit.")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{live_server.url}/my/bills/")
    assert "/my/login/" in page.url
    context.close()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Set it up", "Your recovery codes", "Second step", "Sign out all other devices")),
        ("zh-hans", ("开启", "您的恢复码", "两步验证", "退出其他所有设备")),
    ],
)
def test_a_second_step_is_set_up_and_asked_for_without_javascript(
    browser, live_server, customer, language, words
):
    put, codes_title, step_title, others = words
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    wrong = watched(page, live_server)
    sign_in(page, live_server, customer)
    if language != "en":
        page.get_by_role("button", name="简体中文").click()
    page.goto(f"{live_server.url}/my/settings/security/")
    page.get_by_role("link", name=put).click()
    secret = page.locator("#secret").inner_text().replace(" ", "")
    assert page.locator("img.qr").bounding_box()["width"] > 150
    page.locator("#id_code").fill(code_of(secret))
    page.get_by_role("button", name=put).click()
    expect(page.locator("h1")).to_have_text(codes_title)
    codes = page.locator("#codes li").all_inner_texts()
    assert len(codes) == 10

    elsewhere = browser.new_context(viewport=PHONE, java_script_enabled=False, locale="en-GB")
    other = elsewhere.new_page()
    other_wrong = watched(other, live_server)
    begin(other, live_server, customer)
    other.wait_for_url(f"{live_server.url}/my/login/factor/")
    if language == "zh-hans":
        other.get_by_role("button", name="简体中文").click()
    expect(other.locator("h1")).to_have_text(step_title)
    other.locator("#id_code").fill("000000")
    other.locator("button.main").click()
    expect(other.locator(".error")).to_be_visible()
    other.locator("#id_code").fill(codes[0])
    other.locator("button.main").click()
    other.wait_for_url(f"{live_server.url}/my/")

    page.goto(f"{live_server.url}/my/settings/security/")
    expect(page.locator("ul.rows").first.locator("li")).to_have_count(2)
    page.get_by_role("button", name=others).click()
    expect(page.locator("ul.rows").first.locator("li")).to_have_count(1)
    other.goto(f"{live_server.url}/my/")
    assert "/my/login/" in other.url
    for each in (context, elsewhere):
        each.close()
    assert wrong + other_wrong == []


def code_of(secret):
    counter = list(auth.yield_hotp_counters_from_time())[1]
    return auth.format_hotp_value(auth.hotp_value(secret, counter))


def test_what_if_answers_in_place_and_by_keyboard(browser, live_server, customer):
    context = browser.new_context(viewport=PHONE, locale="en-GB")
    page = context.new_page()
    wrong = watched(page, live_server)
    sign_in(page, live_server, customer)
    page.goto(f"{live_server.url}/my/forecast/")
    page.get_by_role("link", name="I pay nothing").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#ahead h2").nth(1)).to_have_text("I pay nothing")
    assert "choice=nothing" in page.url
    page.goto(f"{live_server.url}/my/rules/")
    page.get_by_label("Days late").fill("3")
    page.get_by_role("button", name="Calculate").click()
    expect(page.locator("#reckoned")).to_contain_text("paid 3 days late")
    page.goto(f"{live_server.url}/api/v1/docs/")
    expect(page.locator("#swagger-ui")).to_contain_text("Who you are")
    context.close()
    assert wrong == []
