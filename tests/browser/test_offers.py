"""An offer above one's authority: composed in Chinese on a phone, approved in English."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from accounts.models import AuthorityLimit
from appeals.models import Offer
from appeals.remedies import outlook
from config import messages
from risk.desk import acts
from tests.appeals.cases import TODAY
from tests.appeals.test_offers import Case
from tests.browser.pages import fits, sign_in
from tests.factories import start_with_limits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="session", autouse=True)
def _chinese():
    messages.compile_all()


@pytest.fixture
def case(clean_book, monkeypatch):
    start_with_limits()
    AuthorityLimit.objects.filter(role="agent", act="grant_package").update(alone=1)
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    monkeypatch.setattr(outlook, "DAYS", 45)
    case = Case()
    case.agent.username, case.agent.language = "ming", "zh-hans"
    case.agent.save()
    case.boss.username, case.boss.language = "jie", "en"
    case.boss.save()
    return case


def test_an_offer_is_composed_on_a_phone_and_approved_by_a_second_person(
    browser, live_server, case
):
    expect.set_options(timeout=20_000)
    phone = browser.new_context(viewport={"width": 390, "height": 844})
    desk = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        agent = sign_in(phone.new_page(), live_server, "ming")
        agent.goto(f"{live_server.url}/admin/appeals/appeal/{case.appeal.pk}/change/")
        agent.get_by_role("link", name="提出方案").click()
        agent.get_by_role("button", name="还款计划").click()
        agent.get_by_label(case.bill).check()
        agent.get_by_label("每月可负担金额").fill("300")
        agent.get_by_label("首期还款日").fill("2026-04-20")
        agent.get_by_role("button", name="减免违约金").click()
        expect(agent.get_by_label("每月可负担金额")).to_have_value("300")
        agent.get_by_label("仅在按计划还款期间有效").check()
        agent.get_by_label("给客户的话").fill("Take your time.")
        agent.locator("#id_reason").select_option("hardship")
        agent.get_by_label("给予理由").fill("已查看住院证明")
        assert fits(agent)
        agent.get_by_role("button", name="查看办理后的结果").last.click()
        expect(agent.locator(".dk-signed")).to_contain_text("is paid in 4 instalments")
        expect(agent.locator(".dk-forecast svg")).to_be_visible()
        assert fits(agent)
        agent.get_by_role("button", name="提交审批").click()
        expect(agent.locator("body")).to_contain_text("待审批")

        boss = sign_in(desk.new_page(), live_server, "jie")
        boss.get_by_role("link", name="Requests for approval").click()
        boss.get_by_role("link", name="Grant a package").click()
        expect(boss.locator(".dk-offer")).to_contain_text("is paid in 4 instalments")
        expect(boss.locator("body")).to_contain_text("已查看住院证明")
        boss.fill("#id_words", "Seen the certificate")
        boss.get_by_role("button", name="Approve and do it").click()
        expect(boss.locator("body")).to_contain_text("Approved and done.")
        assert Offer.objects.get().state == "open"

        agent.reload()
        expect(agent.locator("body")).to_contain_text("待答复")
    finally:
        phone.close()
        desk.close()
