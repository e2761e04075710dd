"""A day at the desk, in both languages: find, see why, waive above the limit, approved by another,
the release; claim and hand over; a bulk act with its results; an export; the keys."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import ActRequest, AuthorityLimit, StaffAct, WorkItem
from accounts.work import sync
from billing import operations as money
from risk.desk import acts
from risk.models import Restriction
from tests.browser.accessible import assert_accessible
from tests.browser.pages import look_up
from tests.factories import PASSWORD, line, make_customer, make_user, open_days, start_with_limits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = datetime.date(2025, 3, 20)
WORDS = {
    "en": {
        "why": "bill B-1 was due on 10 Feb 2025 and is 38 days past due",
        "act": "Act", "waive": "Waive late fees", "repay": "Book a repayment",
        "asks": "Send for approval", "requests": "Requests for approval",
        "approved": "Approved and done.", "yours": "Yours now", "over": "Handed over",
    },
    "zh-hans": {
        "why": "应于 2025年2月10日 还款，已逾期 38 天",
        "act": "办理", "waive": "减免违约金", "repay": "登记还款",
        "asks": "提交审批", "requests": "审批申请",
        "approved": "已批准并办理。", "yours": "已归您办理", "over": "已转交",
    },
}  # fmt: skip


@pytest.fixture
def customers(clean_book, monkeypatch):
    """Two who are late; an agent may waive 5 alone, and 19 are due in fees."""
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    start_with_limits()
    AuthorityLimit.objects.filter(role="agent", act="waive_fees").update(alone=5, alone_in_a_year=5)
    found = [
        make_customer(name="Ada Long", phone="13812345678"),
        make_customer(name="Bo Short", phone="13912345678"),
    ]
    for n, customer in enumerate(found, start=1):
        money.book_bill(
            line=line(customer), number=f"B-{n}", principal=Decimal(1000),
            due_on=datetime.date(2025, 2, 10), on=datetime.date(2025, 1, 15),
        )  # fmt: skip
        open_days(customer, datetime.date(2025, 1, 1), TODAY)
    sync.sync(TODAY, at=timezone.now())
    return found


class Person:
    """Somebody of the staff at their own browser; what goes wrong there is kept."""

    def __init__(self, browser, live_server, role, name, language):
        self.words, self.url, self.wrong = WORDS[language], f"{live_server.url}/admin/", []
        make_user(role, username=name, first_name=name, language=language)
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda m: self.wrong.append(m.text) if m.type == "error" else None)
        self.page.goto(self.url)
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("#login-form button[type=submit]")
        self.page.wait_for_load_state("networkidle")

    def goes(self, path):
        self.page.goto(f"{self.url}{path}")

    def begins(self, act):
        self.page.locator("summary").get_by_text(self.words["act"], exact=True).click()
        self.page.get_by_role("link", name=self.words[act]).click()

    def says_why(self, words):
        self.page.select_option("#id_reason", "goodwill")
        self.page.fill("#id_words", words)

    def presses(self, step):
        self.page.locator(f"button[name=step][value={step}]").click()
        if step == "preview":
            expect(self.page.locator("button[name=step][value=confirm]")).to_be_visible()
            assert_accessible(self.page)


def find_and_see_why(agent):
    page = agent.page
    page.locator("input[type=search]").first.fill("138 1234 5678")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Ada Long").click()
    expect(page.locator("#why")).to_contain_text(agent.words["why"])
    expect(page.locator("body")).to_contain_text("5678")
    expect(page.locator("body")).not_to_contain_text("13812345678")


def ask_for_the_waiver(agent):
    agent.begins("waive")
    agent.says_why("B-1")
    agent.page.fill("#id_words", "the channel was down")
    agent.presses("preview")
    expect(agent.page.get_by_role("button", name=agent.words["asks"])).to_be_visible()
    agent.presses("confirm")
    expect(agent.page.locator(".dk-waiting")).to_contain_text(agent.words["waive"])
    assert not StaffAct.objects.exists()


def approve_it(chief):
    page = chief.page
    page.get_by_role("link", name=chief.words["requests"]).first.click()
    page.get_by_role("link", name=chief.words["waive"]).click()
    page.fill("#id_words", "Seen the outage")
    chief.presses("approve")
    expect(page.locator("body")).to_contain_text(chief.words["approved"])
    assert ActRequest.objects.get().status == "approved"
    assert StaffAct.objects.get().approved_by.username == "jie"


def pay_and_see_the_release(agent, customer):
    page = agent.page
    page.reload()
    expect(page.locator(".dk-waiting")).to_have_count(0)
    before = Restriction.objects.filter(
        customer=customer, line__product="pay_later", until_on=None, reversed_on=None
    )
    assert before.exists()
    agent.begins("repay")
    page.select_option("#id_line", str(line(customer).pk))
    page.fill("#id_amount", "1000")
    agent.says_why("paid by phone")
    agent.presses("preview")
    agent.presses("confirm")
    expect(page.locator("#why")).not_to_contain_text(agent.words["why"])
    assert not before.exists()


def claim_and_hand_over(agent):
    page = agent.page
    agent.goes("accounts/workitem/desk/?tab=unassigned")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.locator("body")).to_contain_text(agent.words["yours"])
    item = WorkItem.objects.get(assigned_to__username="ming")
    agent.goes(f"accounts/workitem/{item.pk}/change/")
    page.select_option("#id_to", label="jie")
    page.fill("#id_words", "Speaks Cantonese")
    page.locator("[formaction*='hand_over'], form[action*='hand_over'] button").first.click()
    expect(page.locator("body")).to_contain_text(agent.words["over"])
    item.refresh_from_db()
    assert item.assigned_to.username == "jie"


def act_in_bulk_and_export(chief):
    page = chief.page
    chief.goes("accounts/customer/?q=Bo")
    page.locator("#action-toggle").check()
    page.select_option("select[name=action]", "act_in_bulk")
    page.locator("button[name=index]").first.click()
    page.get_by_role("link", name=chief.words["waive"]).click()
    page.fill("#id_most", "5")
    chief.says_why("the channel was down")
    chief.presses("preview")
    chief.presses("confirm")
    chief.page.wait_for_url("**/bulkrun/*/change/**")
    page.locator("a[href*='bulktarget']").first.click()
    expect(page.locator("#result_list")).to_contain_text("Bo Short")
    assert_accessible(page)
    assert StaffAct.objects.filter(act="waive_fees", amount=5).count() == 1
    chief.goes("accounts/customer/?q=Ada")
    with page.expect_download() as download:
        page.locator("form[action*='/export/'] button").first.click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert "Ada Long" in text
    assert "Bo Short" not in text
    assert "13812345678" not in text


def use_the_keys(agent):
    page = agent.page
    agent.goes("billing/bill/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("?")
    expect(page.locator("#dk-keys")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("?")
    expect(page.locator("#dk-keys")).to_be_hidden()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.tagName") == "INPUT"
    agent.goes("billing/bill/")
    page.wait_for_load_state("networkidle")
    expect(look_up(page, "Ada")).to_contain_text("Ada Long")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_day_at_the_desk(browser, live_server, customers, language):
    expect.set_options(timeout=20_000)
    agent = Person(browser, live_server, "agent", "ming", language)
    chief = Person(browser, live_server, "supervisor", "jie", language)
    try:
        find_and_see_why(agent)
        ask_for_the_waiver(agent)
        approve_it(chief)
        pay_and_see_the_release(agent, customers[0])
        claim_and_hand_over(agent)
        act_in_bulk_and_export(chief)
        use_the_keys(agent)
        assert agent.wrong + chief.wrong == []
    finally:
        agent.context.close()
        chief.context.close()
