"""A day with the work lists in a real browser: claim, hand over, next, bulk act, result."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import StaffAct, WorkItem
from accounts.work import sync
from billing import operations as money
from config import messages
from risk.desk import acts
from tests.factories import PASSWORD, line, make_customer, make_user, open_days, start_with_limits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = datetime.date(2025, 3, 5)


@pytest.fixture(scope="session", autouse=True)
def _chinese():
    messages.compile_all()


@pytest.fixture
def late(clean_book, monkeypatch):
    """Two customers newly overdue, with their items, and two of the staff."""
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    start_with_limits()
    customers = [make_customer(name=name) for name in ("Ada Long", "Bo Short")]
    for customer in customers:
        money.book_bill(
            line=line(customer), number=f"B-{customer.number}", principal=Decimal(10_000),
            due_on=datetime.date(2025, 3, 1), on=datetime.date(2025, 2, 10),
        )  # fmt: skip
        open_days(customer, datetime.date(2025, 1, 1), TODAY)
    sync.sync(TODAY, at=timezone.now())
    make_user("agent", username="ming", language="zh-hans", first_name="Ming", last_name="Wang")
    make_user("supervisor", username="jie", language="en", first_name="Jie", last_name="Li")
    return customers


def sign_in(context, live_server, name, wrong):
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.goto(f"{live_server.url}/admin/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    page.wait_for_load_state("networkidle")
    return page


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_claim_hand_over_next_bulk_act_and_result_in_both_languages(browser, live_server, late):
    expect.set_options(timeout=20_000)
    wrong = []
    phone = browser.new_context(viewport={"width": 390, "height": 844})
    desk = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        ming = sign_in(phone, live_server, "ming", wrong)
        ming.goto(f"{live_server.url}/admin/accounts/workitem/desk/?tab=unassigned")
        assert fits(ming)
        ming.keyboard.press("j")
        ming.keyboard.press("c")
        expect(ming.locator("body")).to_contain_text("已归您办理")
        ming.get_by_role("link", name="我的 1").click()
        ming.locator("[data-open]").click()
        ming.select_option("#id_to", label="Jie Li")
        ming.fill("#id_words", "客户只讲粤语，请您回电")
        assert fits(ming)
        ming.get_by_role("button", name="转交").click()
        expect(ming.locator("body")).to_contain_text("已转交")
        first = WorkItem.objects.get(assigned_to__username="jie")

        jie = sign_in(desk, live_server, "jie", wrong)
        jie.get_by_role("link", name="My work 1").click()
        expect(jie.locator(".dk-items")).to_contain_text(first.customer.name)
        jie.locator("[data-open]").click()
        expect(jie.locator(".dk-moves")).to_contain_text("客户只讲粤语")
        jie.goto(f"{live_server.url}/admin/accounts/customer/{first.customer_id}/change/")
        expect(jie.locator(".dk-strip")).to_contain_text("yours")

        # Two people at one customer see each other.
        ming.goto(f"{live_server.url}/admin/accounts/customer/{first.customer_id}/change/")
        expect(ming.locator("[data-presence]")).to_have_text("groupJie Li 也在查看这位客户")
        assert fits(ming)
        jie.reload()
        expect(jie.locator("[data-presence]")).to_contain_text("Ming Wang is looking")

        # A move upon a page from before another's move.
        old = phone.new_page()
        other = WorkItem.objects.exclude(pk=first.pk).get()
        old.goto(f"{live_server.url}/admin/accounts/workitem/{other.pk}/change/")
        jie.get_by_role("button", name="Finish, and the next").click()
        expect(jie.locator(".dk-strip-here")).to_contain_text("yours")
        assert f"item={other.pk}" in jie.url
        old.fill("#id_words", "我的说明")
        old.get_by_role("button", name="认领").click()
        expect(old.locator(".dk-stale")).to_contain_text("Jie Li")
        expect(old.locator(".dk-stale")).to_contain_text("本次未保存")
        wrong[:] = [text for text in wrong if "409" not in text]
        jie.keyboard.press("n")
        expect(jie.locator("body")).to_contain_text("Nothing is left to do here.")

        jie.goto(f"{live_server.url}/admin/accounts/customer/?status=suspended")
        jie.locator("#action-toggle").check()
        jie.select_option("select[name=action]", "act_in_bulk")
        jie.get_by_role("button", name="Run").click()
        jie.get_by_role("link", name="Waive late fees").click()
        jie.fill("#id_most", "5")
        jie.select_option("#id_reason", "goodwill")
        jie.fill("#id_words", "The channel was down")
        jie.get_by_role("button", name="Show what it would do").click()
        expect(jie.locator(".dk-act")).to_contain_text("10.00")
        expect(jie.locator(".dk-act")).to_contain_text("All of it is within your authority.")
        jie.get_by_role("button", name="Do it on 2").click()
        expect(jie.locator(".dk-act h2").first).to_contain_text("Done")
        jie.get_by_role("link", name="The whole list").click()
        expect(jie.locator("#result_list")).to_contain_text("Bo Short")
        assert StaffAct.objects.filter(act="waive_fees", amount=5).count() == 2
        assert wrong == []
    finally:
        phone.close()
        desk.close()
