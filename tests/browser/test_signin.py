"""The way in, the keys and the audit log in a real browser: usable by everybody, in Chinese too."""

import datetime
import re
from decimal import Decimal

import pytest
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from playwright.sync_api import expect

from accounts.models import User
from billing import operations as money
from config import messages
from risk.desk import acts
from tests.browser.accessible import assert_accessible, violations
from tests.browser.pages import look_up
from tests.factories import PASSWORD, line, make_customer, make_user, open_days, start_with_limits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

expect.set_options(timeout=20_000)

TODAY = datetime.date(2025, 3, 20)
#: What a Chinese page may say in Latin letters: names of people and programs, codes, keys.
NAMES = re.compile(
    r"Fairline|English|Tao Sun|Ada Long|boss|"
    r"T[0-9]{6}(/\w+)?|B-1|PDF|CSV|XLSX|Ctrl|[Ee]sc|Chrome|Linux|"
    r"HeadlessChrome|beat|(own_overdue|low_score|sharp_drop|linked_\w+)|zh-hans|\ben\b|\bg\b|"
    r"administrator|agent|supervisor|auditor|risk_analyst|manage\.py|contract|QR|argon2\w*|"
    r"MD5|md5|STAFF_MFA|https?://\S+"
)
VISIBLE = """() => {
  const said = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement;
    if (at && !at.closest("script, style, .material-symbols-outlined, code, kbd"))
      said.push(walk.currentNode.textContent.trim());
  }
  for (const name of ["placeholder", "aria-label", "title"])
    document.querySelectorAll(`[${name}]`).forEach((at) => said.push(at.getAttribute(name)));
  return said;
}"""


@pytest.fixture(scope="session", autouse=True)
def _chinese():
    messages.compile_all()


@pytest.fixture
def customer(clean_book, monkeypatch):
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    cache.clear()
    start_with_limits()
    customer = make_customer(name="Ada Long", phone="13812345678")
    money.book_bill(
        line=line(customer), number="B-1", principal=Decimal(1000),
        due_on=datetime.date(2025, 2, 10), on=datetime.date(2025, 1, 15),
    )  # fmt: skip
    open_days(customer, datetime.date(2025, 1, 1), TODAY)
    make_user(
        "administrator", username="boss", first_name="Tao", last_name="Sun", is_superuser=True
    )
    return customer


@pytest.fixture
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "en-GB"}


def sign_in(page, live_server):
    page.goto(f"{live_server.url}/admin/")
    page.fill("#id_username", "boss")
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")


def code_of(secret, ahead=0):
    counter = list(auth.yield_hotp_counters_from_time())[1 + ahead]
    return auth.format_hotp_value(auth.hotp_value(secret, counter))


def is_english(text):
    """Latin words alone, or a row of them within a Chinese sentence."""
    if re.search(r"[\u4e00-\u9fff]", text):
        return bool(re.search(r"[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}", text))
    return bool(re.search(r"[A-Za-z]{2,}", text))


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_second_factor_from_the_first_day_on(page, live_server, customer, settings):
    settings.STAFF_MFA = "required"
    wrong = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/admin/")
    assert_accessible(page)
    sign_in(page, live_server)
    expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    expect(page.get_by_alt_text("QR code of your new secret")).to_be_visible()
    assert page.evaluate("document.querySelector('.dk-qr').naturalWidth") > 0
    assert_accessible(page)
    assert fits(page)
    page.goto(f"{live_server.url}/admin/accounts/customer/{customer.pk}/change/")
    expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    secret = page.locator("#secret").inner_text().replace(" ", "")
    page.fill("#id_code", code_of(secret))
    page.get_by_role("button", name="Set up").click()
    expect(page.locator("#codes li")).to_have_count(10)
    assert_accessible(page)
    assert fits(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    kept = download.value.path().read_text().split()
    assert kept == page.locator("#codes code").all_inner_texts()
    page.get_by_role("link", name="to the desk").click()
    expect(page).to_have_url(f"{live_server.url}/admin/")

    page.context.clear_cookies()
    sign_in(page, live_server)
    page.fill("#id_code", "12")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not right")
    assert_accessible(page)
    page.fill("#id_code", kept[0])
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/admin/")
    page.goto(f"{live_server.url}/admin/sign-in/own/")
    expect(page.locator("main, #main")).to_contain_text("9 recovery codes are left")
    assert page.locator(".dk-sessions tbody tr").count() == 2
    page.get_by_role("button", name="End all others").click()
    expect(page.locator(".dk-sessions tbody tr")).to_have_count(1)
    assert wrong == []


def test_the_keys_are_told_to_everybody(page, live_server, customer):
    sign_in(page, live_server)
    expect(page.locator("#main")).to_be_visible()
    page.goto(f"{live_server.url}/admin/sign-in/password/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert violations(page) == []


def test_keys_lead_everywhere(page, live_server, customer):
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/admin/accounts/customer/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "searchbar"
    page.keyboard.type("Ada ?g c")
    assert page.input_value("#searchbar") == "Ada ?g c"
    page.locator("#main").click(position={"x": 5, "y": 200})
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page).to_have_url(f"{live_server.url}/admin/billing/bill/")
    page.wait_for_load_state("networkidle")
    results = look_up(page, "B-1")
    expect(results).to_contain_text("Bill B-1")
    expect(results).to_contain_text("Ada Long")


def test_no_english_is_left_on_chinese_pages(page, live_server, customer):
    User.objects.update(language="zh-hans")
    sign_in(page, live_server)
    left = []
    for path in (
        "",
        "accounts/customer/",
        f"accounts/customer/{customer.pk}/change/",
        f"accounts/customer/{customer.pk}/act/waive_fees/",
        f"accounts/customer/{customer.pk}/reveal/",
        "audit/?what=signin",
        "sign-in/own/",
        "sign-in/password/",
        "exports/",
        "accounts/user/",
        "accounts/user/add/",
        "auth/group/",
        "billing/bill/",
        "risk/restriction/",
        "risk/policyversion/",
        "accounts/attempts/",
        "accounts/actrequest/",
    ):
        page.goto(f"{live_server.url}/admin/{path}")
        page.wait_for_load_state("load")
        left += [
            f"{path}: {said}" for said in page.evaluate(VISIBLE) if is_english(NAMES.sub("", said))
        ]
    assert not left, "\n".join(left)
