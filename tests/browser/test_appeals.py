"""An appeal on the desk, in a real browser: in Chinese on a phone, in English at a desk."""

import datetime
import io
import os
from decimal import Decimal

import pytest
from django.test import Client
from PIL import Image
from playwright.sync_api import expect

from appeals import operations
from appeals.models import Appeal
from billing import operations as money
from config import messages
from risk.desk import acts
from tests.factories import line, make_customer, make_user, open_days, start_with_limits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = datetime.datetime.now(datetime.UTC).date()
LATE = TODAY - datetime.timedelta(days=12)
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
#: A folder that keeps pictures of the pages, for people to look at.
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture(scope="session", autouse=True)
def _chinese():
    messages.compile_all()


@pytest.fixture
def appeal(clean_book, monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    for place in ("risk.desk.acts", "appeals.desk.doing", "appeals.admin.appeals"):
        monkeypatch.setattr(f"{place}.book_date", lambda: TODAY)
    assert acts.book_date() == TODAY
    start_with_limits()
    customer = make_customer(LATE - datetime.timedelta(days=5), name="王敏", phone="13812345678")
    money.book_bill(
        line=line(customer), number="B-1", principal=Decimal(1000), due_on=LATE,
        on=LATE - datetime.timedelta(days=5),
    )  # fmt: skip
    open_days(customer, LATE - datetime.timedelta(days=5), TODAY)
    now = datetime.datetime.now(datetime.UTC)
    found = operations.submit(
        customer=customer, kind="appeal", asks=["lift", "waive"], by=customer, at=now, on=TODAY,
        words="我在还款日前后住院，无法操作手机还款，出院后当天就联系了你们。",
        subjects_=[("restriction", customer.restrictions.get(code="own_overdue").pk)],
    )  # fmt: skip
    photo = io.BytesIO()
    Image.new("RGB", (320, 240), (90, 140, 190)).save(photo, "JPEG")
    operations.attach(appeal=found, name="住院证明.jpg", data=photo.getvalue(), by=customer, at=now)
    return found


def signed_in(browser, live_server, user, viewport):
    """A page of somebody who is signed in already, whatever the way in looks like."""
    client = Client()
    client.force_login(user)
    context = browser.new_context(viewport=viewport)
    context.add_cookies(
        [{"name": name, "value": cookie.value, "url": live_server.url}
         for name, cookie in client.cookies.items()]
    )  # fmt: skip
    return context.new_page()


def fits(page, name):
    page.wait_for_load_state("networkidle")
    if SHOTS:
        for scheme in ("dark", "light"):
            page.evaluate(
                "dark => document.documentElement.classList.toggle('dark', dark)", scheme == "dark"
            )
            page.screenshot(path=f"{SHOTS}/{name}-{scheme}.png", full_page=True)
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_case_is_asked_about_on_a_phone_and_decided_at_a_desk(browser, live_server, appeal):
    expect.set_options(timeout=20_000)
    queue = f"{live_server.url}/admin/appeals/appeal/"
    agent = make_user("agent", username="ming", language="zh-hans")
    page = signed_in(browser, live_server, agent, PHONE)
    page.goto(queue)
    expect(page.locator("#result_list")).to_contain_text("剩余 20 天")
    assert fits(page, "queue-zh-phone")
    page.get_by_role("link", name=appeal.number).first.click()
    page.get_by_role("button", name="开始核查").click()
    expect(page.locator(".dk-case-head")).to_contain_text("核查中")
    photo = page.locator(".dk-files img")
    expect(photo).to_be_visible()
    photo.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.dk-files img').naturalWidth > 0")
    page.fill("#id_note", "听起来属实")
    page.get_by_role("button", name="保存备注").click()
    expect(page.locator("#notes")).to_contain_text("听起来属实")
    expect(page.locator("#thread")).not_to_contain_text("听起来属实")
    page.fill("#id_message", "请补充出院小结")
    page.get_by_role("button", name="请客户补充并等待回复").click()
    expect(page.locator(".dk-case-head")).to_contain_text("等待客户")
    expect(page.locator(".dk-clocks")).to_contain_text("暂停")
    assert fits(page, "case-zh-phone")
    page.context.close()

    operations.answer(
        appeal=Appeal.objects.get(), text="出院小结已上传", by=appeal.customer,
        at=datetime.datetime.now(datetime.UTC),
    )  # fmt: skip
    chief = make_user("supervisor", username="jie", language="en")
    page = signed_in(browser, live_server, chief, DESK)
    page.goto(f"{queue}{appeal.pk}/change/")
    expect(page.locator("#thread")).to_contain_text("出院小结已上传")
    expect(page.get_by_role("link", name="Make an offer")).to_be_visible()
    assert fits(page, "case-en-desk")
    page.set_viewport_size(PHONE)
    assert fits(page, "case-en-phone")
    page.set_viewport_size(DESK)
    page.get_by_role("link", name="Decide", exact=True).click()
    page.select_option("#id_granted_0", "yes")
    page.select_option("#id_ground_0", "hardship")
    page.fill("#id_found_0", "The hospital's papers cover the due date.")
    page.select_option("#id_remedy_0", "lift")
    page.fill("#id_until_0", (TODAY + datetime.timedelta(days=30)).isoformat())
    page.select_option("#id_reason", "hardship")
    page.fill("#id_words", "You could not pay while you were in hospital.")
    assert fits(page, "decide-en-desk")
    page.get_by_role("button", name="Show what it would do").click()
    expect(page.locator(".dk-act")).to_contain_text("Lifts")
    assert fits(page, "preview-en-desk")
    page.get_by_role("button", name="Decide an appeal").click()
    expect(page.locator("#decision")).to_contain_text("Granted")
    expect(page.locator("#decision")).to_contain_text("in hospital")
    assert fits(page, "decided-en-desk")
    page.goto(f"{queue}figures/")
    expect(page.locator(".dk").first).to_contain_text("own_overdue")
    assert fits(page, "figures-en-desk")
    page.context.close()
    assert Appeal.objects.get().result == "granted"
