"""On a phone, in both languages: a loan repaid before its time, a debit mandate given and ended."""

import datetime
from decimal import Decimal

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from billing import operations as money
from billing.channels.layout import SAMPLE
from billing.models import Channel, Charge, Fact, Mandate
from tests.browser.accessible import assert_accessible
from tests.browser.test_portal import PHONE, fits, sign_in, watched
from tests.factories import line, make_customer, open_days

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIRST, DRAWN = datetime.date(2026, 1, 1), datetime.date(2026, 1, 10)
TODAY = datetime.date(2026, 2, 5)
TIME = datetime.time(8)
CHINESE = "zh-hans"


@pytest.fixture
def customer(clean_book, monkeypatch):
    """3,000 drawn in three parts; the first is billed, and due in five days."""
    cache.clear()
    for module in ("views.pay", "views.loans", "views.autopay"):
        monkeypatch.setattr(f"appeals.portal.{module}.book_date", lambda: TODAY)
    customer = make_customer(FIRST, name="Ada Long", language="en")
    open_days(customer, FIRST, DRAWN)
    money.book_draw(
        line=line(customer, "cash_loan"), amount=Decimal(3000), instalments=3, on=DRAWN, number="D1"
    )
    open_days(customer, DRAWN + datetime.timedelta(days=1), TODAY)
    return customer


@pytest.fixture
def phone(browser, live_server, customer, request):
    """A page of the signed-in customer in the language of the test; nothing may go wrong on it."""
    context = browser.new_context(viewport=PHONE, locale="en-GB")
    page = context.new_page()
    wrong = watched(page, live_server)
    sign_in(page, live_server, customer)
    if request.node.callspec.params["language"] == CHINESE:
        page.get_by_role("button", name="简体中文").click()
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    yield page
    context.close()
    assert wrong == []


def look(page, title):
    """The page has come, fits the phone and is for all."""
    expect(page.locator("h1")).to_have_text(title)
    assert fits(page)
    assert_accessible(page)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", {
            "way": "Repay a loan early", "loans": "Loans", "loan": "Repay loan D1 early",
            "try": "Show what it comes to", "part": "To pay today: 500.00",
            "whole": "To pay today: 3,033.20", "go": "Go on to pay", "bank": "Sandbox bank",
            "pay": "Pay", "thanks": "Thank you: the payment is booked",
            "none": "No loan of which anything is still to be billed.",
        }),
        (CHINESE, {
            "way": "提前还款", "loans": "借款", "loan": "提前偿还借款 D1",
            "try": "试算", "part": "今日应付：500.00",
            "whole": "今日应付：3,033.20", "go": "去还款", "bank": "沙箱银行",
            "pay": "还款", "thanks": "谢谢，还款已入账", "none": "没有可以提前偿还的借款。",
        }),
    ],
)  # fmt: skip
def test_a_loan_is_quoted_and_repaid_before_its_time(phone, live_server, customer, language, words):
    phone.goto(f"{live_server.url}/my/bills/")
    phone.get_by_role("link", name=words["way"]).click()
    look(phone, words["loans"])
    phone.get_by_role("link", name="D1").click()
    look(phone, words["loan"])

    amount = phone.get_by_role("textbox")
    amount.fill("1.234")
    phone.get_by_role("button", name=words["try"]).click()
    expect(phone.locator(".error").first).to_be_visible()
    look(phone, words["loan"])
    amount.fill("500")
    phone.get_by_role("button", name=words["try"]).click()
    expect(phone.get_by_role("heading", name=words["part"])).to_be_visible()
    amount.fill("")
    phone.get_by_role("button", name=words["try"]).click()
    expect(phone.get_by_role("heading", name=words["whole"])).to_be_visible()
    look(phone, words["loan"])
    assert not Fact.objects.filter(kind="settle").exists()

    phone.get_by_role("button", name=words["go"]).click()
    look(phone, words["bank"])
    phone.get_by_role("button", name=words["pay"], exact=True).click()
    look(phone, words["thanks"])
    expect(phone.locator(".amount")).to_have_text("3,033.20")
    assert Fact.objects.get(customer=customer, kind="repay").amount == Decimal("3033.20")
    assert Fact.objects.get(customer=customer, kind="settle").draw_number == "D1"
    assert not Charge.objects.filter(customer=customer, bill=None).exists()
    phone.goto(f"{live_server.url}/my/loans/")
    expect(phone.locator(".none")).to_have_text(words["none"])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", {
            "way": "Pay by debit on the due date", "title": "Auto-debit", "bank": "Bank",
            "account": "Account or card number", "give": "Give the mandate", "end": "Revoke",
            "wrong": "An account number has 8 to 24 digits.",
            "given": "From the next due date on we debit it.",
            "ended": "Revoked. Nothing is debited from this account any more.",
        }),
        (CHINESE, {
            "way": "还款日自动扣款", "title": "自动扣款", "bank": "银行",
            "account": "账号或卡号", "give": "签署授权", "end": "撤销",
            "wrong": "账号为 8 至 24 位数字。", "given": "自下一个还款日起自动扣款。",
            "ended": "已撤销。此账户不再被扣款。",
        }),
    ],
)  # fmt: skip
def test_a_mandate_is_given_and_ended(phone, live_server, customer, language, words):
    Channel.objects.create(
        code="sandbox", name="Sandbox Pay", layout=SAMPLE, since=FIRST, debit_times=[TIME]
    )
    phone.goto(f"{live_server.url}/my/settings/")
    phone.get_by_role("link", name=words["way"]).click()
    look(phone, words["title"])
    phone.get_by_label(words["bank"], exact=True).fill("ICBC")
    phone.get_by_label(words["account"]).fill("1234")
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button", name=words["give"]).click()
    expect(phone.get_by_text(words["wrong"])).to_be_visible()
    look(phone, words["title"])

    phone.get_by_label(words["account"]).fill("6222 0202 0000 1234")
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button", name=words["give"]).click()
    expect(phone.get_by_text(words["given"])).to_be_visible()
    look(phone, words["title"])
    mandate = Mandate.objects.get(customer=customer)
    assert (mandate.account, mandate.via) == ("****1234", "portal")
    assert "6222" not in phone.content()

    phone.get_by_role("button", name=words["end"]).click()
    expect(phone.get_by_text(words["ended"])).to_be_visible()
    look(phone, words["title"])
    mandate.refresh_from_db()
    assert mandate.end.via == "portal"
