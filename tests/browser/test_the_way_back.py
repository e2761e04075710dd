"""The whole way back, in a real browser: a customer who is late finds the reason and the forecast,
appeals, is asked, is offered a plan, counters, signs, misses an instalment and keeps the plan.

Nothing is skipped: the nights are the nights, and the clock of the product moves from day to day.
"""

import datetime as dt
import io
import os
import re
from decimal import Decimal

import pytest
import time_machine
from django.core.cache import cache
from django.utils import translation
from PIL import Image
from playwright.sync_api import expect

from accounts.models import Notice
from accounts.notices import delivering
from appeals.models import Appeal, AppealDecision, Evidence, Offer, PlanLength, Signature
from appeals.offers.choices import OfferState
from appeals.offers.text import hash_of
from billing import operations as money
from billing.models import OpenBill, Plan
from config import messages
from config.night import open_due_days
from risk.models import Restriction, Score
from tests.browser.accessible import violations
from tests.browser.test_appeals import signed_in
from tests.factories import line, make_customer, make_user, start_with_limits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
FIRST, DUE, TODAY = dt.date(2026, 2, 27), dt.date(2026, 3, 8), dt.date(2026, 3, 20)
INSTALMENTS = [dt.date(2026, 4, 1), dt.date(2026, 5, 1), dt.date(2026, 6, 1)]
#: The forecast of an offer reaches so far.
HORIZON = TODAY + dt.timedelta(days=90)
#: A folder that keeps pictures of the pages, for people to look at.
SHOTS = os.environ.get("SHOTS", "")

SAID = {
    "en": {
        "name": "Ada Long",
        "words": "I was in hospital from the 6th to the 17th. Here is the bill.",
        "asked": "Thank you. Can you also send the letter of discharge?",
        "answered": "Here it is. I am back at work.",
        "offered": "Take the time you need.",
        "counter": "340 a month is what I can pay.",
        "again": "Agreed: three parts.",
        "why": "The hospital's papers cover the due date.",
        "checked": "Seen both papers.",
    },
    "zh-hans": {
        "name": "王敏",
        "words": "我 3 月 6 日至 17 日住院，附上医院账单。",
        "asked": "谢谢。请再补充一份出院小结。",
        "answered": "已上传，我已经恢复上班。",
        "offered": "请按您的节奏来。",
        "counter": "我每月能还 340 元。",
        "again": "同意分三期。",
        "why": "医院单据覆盖了还款日。",
        "checked": "两份材料均已核对。",
    },
}


@pytest.fixture(scope="session", autouse=True)
def _chinese():
    messages.compile_all()


class Book:
    """The book and its clock: ten in the morning, on the day of the last night."""

    def __init__(self, clock):
        self.clock = clock

    def wakes_on(self, on):
        """A day begins: its night runs, and what is to be told is told."""
        now = dt.datetime.combine(on, dt.time(2), dt.UTC)
        self.clock.move_to(now)
        open_due_days(on)
        # The database's clock is not moved: what was queued in this night was queued now.
        Notice.objects.filter(sent_at=None).update(queued_at=now, due_at=now)
        while delivering.deliver(now=now):
            pass

    def goes_on(self, first, last):
        for n in range((last - first).days + 1):
            self.wakes_on(first + dt.timedelta(days=n))


@pytest.fixture
def book(clean_book, settings, tmp_path):
    cache.clear()
    settings.MEDIA_ROOT = tmp_path
    start_with_limits()
    # At this lender an agent grants plans of two months alone.
    PlanLength.objects.filter(role="agent").update(months_alone=2)
    with time_machine.travel(dt.datetime.combine(FIRST, dt.time(2), dt.UTC)) as clock:
        yield Book(clock)


@pytest.fixture
def late(book, language):
    customer = make_customer(
        FIRST, name=SAID[language]["name"], language=language, phone="13812345678"
    )
    money.book_bill(
        line=line(customer), number="B-1", principal=Decimal(1000), due_on=DUE, on=FIRST
    )
    book.wakes_on(TODAY)
    make_user("agent", username="ming", language=language)
    make_user("supervisor", username="jie", language=language)
    return customer


class People:
    """Who sits in front of which page, in one language."""

    def __init__(self, browser, live_server, language, customer):
        self.browser, self.url, self.language = browser, live_server.url, language
        self.customer, self.live_server = customer, live_server
        self.said = SAID[language]
        locale = "zh-CN" if language == "zh-hans" else "en-GB"
        self.phone = browser.new_context(viewport=PHONE, locale=locale)
        self.she = self.phone.new_page()
        self.wrong = []
        self.she.on("console", lambda m: self.wrong.append(m.text) if m.type == "error" else None)
        self.she.on("pageerror", lambda error: self.wrong.append(str(error)))

    def t(self, text):
        """A text of the product, or the label of one of its choices, in this language."""
        with translation.override(self.language):
            return str(text) if not isinstance(text, str) else translation.gettext(text)

    def staff(self, name):
        from accounts.models import User

        user = User.objects.get(username=name)
        return signed_in(self.browser, self.live_server, user, DESK)

    def she_signs_in(self):
        self.phone.clear_cookies()
        self.she.goto(f"{self.url}/my/login/code/")
        self.she.get_by_role("textbox").fill(self.customer.number)
        self.she.locator("button.main").click()
        self.she.locator("#id_code").fill(self.she.locator("#sandbox-code").inner_text())
        self.she.locator("button.main").click()
        self.she.wait_for_url(f"{self.url}/my/")

    def she_opens(self, path):
        self.she.goto(f"{self.url}/my/{path}")

    def her_line(self, product):
        return self.she.locator(".lines .card", has_text=self.t(product))

    def her_appeal(self):
        self.she_opens(f"appeals/{Appeal.objects.get().public_id}/")

    def look(self, page, name):
        """It fits and is for everybody; and for people who look at it, a picture in each mode and
        width."""
        found = violations(page)
        assert not found, (name, found)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        if not SHOTS:
            return
        was = page.viewport_size
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.wait_for_timeout(200)
                place = f"{SHOTS}/{name}-{self.language}-{size['width']}-{scheme}.png"
                page.screenshot(path=place, full_page=True)
        page.set_viewport_size(was)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_way_back(browser, live_server, book, late, language):
    expect.set_options(timeout=15_000)
    people = People(browser, live_server, language, late)
    try:
        finds_the_reason_and_the_forecast(people)
        appeals_with_a_hospital_bill(people)
        is_asked_for_more_and_answers(people)
        is_offered_a_plan_with_a_waiver_and_counters(people)
        is_offered_what_a_second_person_approved(people)
        foretold = reads_signs_and_has_the_cash_loan_back(people)
        misses_an_instalment_is_warned_and_pays(people, book)
        keeps_the_plan(people, book)
        stands_where_the_forecast_said(people, foretold)
        assert people.wrong == []
    finally:
        for context in list(browser.contexts):
            context.close()


def finds_the_reason_and_the_forecast(people):
    she, t = people.she, people.t
    people.she_signs_in()
    expect(she.locator(".what")).to_contain_text("1,006.00")
    expect(people.her_line("Cash loan")).to_contain_text(t("Reduced"))
    expect(people.her_line("Pay-later line")).to_contain_text(t("Suspended"))
    expect(people.her_line("Pay-later line").locator(".late")).to_have_text("12")
    expect(she.locator("article.reason")).to_have_count(2)
    expect(of_the_cash_loan(people)).to_contain_text("B-1")
    people.look(she, "01-overview")
    she.get_by_role("link", name=t("See what happens then")).click()
    expect(she.locator("#ahead .steps")).to_contain_text(t("Cash loan"))
    expect(she.locator("#ahead svg.chart")).to_be_visible()
    people.look(she, "02-forecast")


def of_the_cash_loan(people):
    product = people.she.locator(".of", has_text=people.t("Cash loan"))
    return people.she.locator("article.reason", has=product)


def appeals_with_a_hospital_bill(people):
    she, t = people.she, people.t
    people.she_opens("")
    of_the_cash_loan(people).get_by_role("link", name=t("I object to this")).click()
    expect(she.locator("#id_about")).not_to_have_value("")
    she.get_by_label(t("I cannot pay at present and ask for help")).check()
    she.locator("#id_words").fill(people.said["words"])
    for ask in ("lift", "plan", "waive"):
        she.locator(f"input[name=asks][value={ask}]").check()
    she.locator("#id_evidence").set_input_files(
        {"name": "bill.jpg", "mimeType": "image/jpeg", "buffer": photo(90)}
    )
    people.look(she, "03-appeal-form")
    she.get_by_role("button", name=t("Send"), exact=True).click()
    expect(she.locator(".said")).to_contain_text(Appeal.objects.get().number)
    expect(she.locator(".rows")).to_contain_text("bill.jpg")
    people.look(she, "04-appeal-filed")
    appeal = Appeal.objects.get()
    assert (appeal.kind, appeal.received_on, appeal.language) == (
        "hardship", TODAY, people.language,
    )  # fmt: skip
    assert Evidence.objects.get().content_type == "image/jpeg"


def photo(red):
    out = io.BytesIO()
    Image.new("RGB", (320, 240), (red, 140, 190)).save(out, "JPEG")
    return out.getvalue()


def is_asked_for_more_and_answers(people):
    she, t = people.she, people.t
    agent = people.staff("ming")
    agent.goto(f"{people.url}/admin/appeals/appeal/")
    agent.get_by_role("link", name=Appeal.objects.get().number).first.click()
    agent.get_by_role("button", name=t("Take it up")).click()
    expect(agent.locator(".dk-case-head")).to_contain_text(t("In review"))
    agent.locator(".dk-files img").scroll_into_view_if_needed()
    agent.wait_for_function("document.querySelector('.dk-files img').naturalWidth > 0")
    agent.locator("#id_message").fill(people.said["asked"])
    agent.get_by_role("button", name=t("Ask, and wait for the answer")).click()
    expect(agent.locator(".dk-case-head")).to_contain_text(t("Waiting for the customer"))
    people.look(agent, "05-case-asked")

    people.her_appeal()
    expect(she.locator(".thread")).to_contain_text(people.said["asked"])
    people.look(she, "06-asked")
    she.locator("#id_text").fill(people.said["answered"])
    she.locator("#id_evidence").set_input_files(
        {"name": "discharge.jpg", "mimeType": "image/jpeg", "buffer": photo(190)}
    )
    she.get_by_role("button", name=t("Send my answer")).click()
    expect(she.locator(".thread")).to_contain_text(people.said["answered"])
    assert Appeal.objects.get().state == "in_review"
    assert Evidence.objects.count() == 2
    agent.context.close()


def is_offered_a_plan_with_a_waiver_and_counters(people):
    she, t = people.she, people.t
    agent = people.staff("ming")
    agent.goto(f"{people.url}/admin/appeals/appeal/{Appeal.objects.get().pk}/change/")
    expect(agent.locator("#thread")).to_contain_text(people.said["answered"])
    agent.get_by_role("link", name=t("Make an offer")).click()
    composes(people, agent, parts=2, words=people.said["offered"])
    people.look(agent, "07-offer-preview")
    agent.get_by_role("button", name=t("Send to the customer")).click()
    expect(agent.locator(".messagelist, body")).to_contain_text(t("Sent to the customer."))
    agent.context.close()

    people.her_appeal()
    terms = she.locator(".terms")
    expect(terms).to_contain_text(people.said["offered"])
    expect(terms).to_contain_text("500.00")
    people.look(she, "08-offered")
    she.get_by_role("link", name=t("Offer something else")).click()
    she.get_by_label("B-1").check()
    she.locator("#id_repayment_plan-0-monthly").fill("340")
    she.locator("#id_repayment_plan-0-first_due").fill(INSTALMENTS[0].isoformat())
    she.locator("#offer-words").fill(people.said["counter"])
    people.look(she, "09-counter-form")
    she.get_by_role("button", name=t("See what it says")).click()
    expect(she.locator(".terms")).to_contain_text("325.50")
    people.look(she, "10-counter-read")
    she.locator("input[name=sign]").check()
    she.get_by_role("button", name=t("Send my offer")).click()
    expect(she.locator(".said")).to_contain_text(
        t("Your offer is sent. Somebody of our staff answers it.")
    )
    first, theirs = Offer.objects.order_by("pk")
    assert (first.state, theirs.side, theirs.state) == ("countered", "customer", "open")


def composes(people, agent, *, parts, words):
    t = people.t
    agent.locator("button[value='add:repayment_plan']").click()
    agent.get_by_label("B-1").check()
    agent.locator("[name=repayment_plan-0-parts]").fill(str(parts))
    agent.locator("[name=repayment_plan-0-first_due]").fill(INSTALMENTS[0].isoformat())
    agent.locator("button[value='add:fee_waiver']").click()
    agent.locator("[name=fee_waiver-0-conditional]").check()
    agent.locator("button[value='add:lifted_restriction']").click()
    agent.locator("[name=lifted_restriction-0-restriction]").select_option(
        "cash_loan:linked_general"
    )
    agent.locator("[name=lifted_restriction-0-until_on]").fill("2026-07-01")
    agent.locator("[name=words]").fill(words)
    agent.locator("[name=reason]").select_option("hardship")
    agent.locator("[name=why]").fill(people.said["why"])
    agent.get_by_role("button", name=t("Show what it would do")).last.click()
    expect(agent.locator(".dk-forecast svg")).to_be_visible()
    expect(agent.locator("body")).to_contain_text("5.50")


def is_offered_what_a_second_person_approved(people):
    t = people.t
    agent = people.staff("ming")
    agent.goto(f"{people.url}/admin/appeals/appeal/{Appeal.objects.get().pk}/change/")
    people.look(agent, "11-case-countered")
    agent.get_by_role("link", name=t("Answer it")).click()
    expect(agent.locator("body")).to_contain_text(people.said["counter"])
    agent.get_by_role("link", name=t("Make another offer")).click()
    composes(people, agent, parts=3, words=people.said["again"])
    agent.get_by_role("button", name=t("Send for approval")).click()
    expect(agent.locator("body")).to_contain_text(t(OfferState.WAITING_APPROVAL.label))
    agent.context.close()
    assert Appeal.objects.get().state == "waiting_approval"

    boss = people.staff("jie")
    boss.goto(f"{people.url}/admin/accounts/actrequest/")
    boss.get_by_role("link", name=t("Grant a package")).click()
    expect(boss.locator(".dk-offer")).to_contain_text("333.33")
    people.look(boss, "12-approval")
    boss.locator("#id_words").fill(people.said["checked"])
    boss.get_by_role("button", name=t("Approve and do it")).click()
    expect(boss.locator("body")).to_contain_text(t("Approved and done."))
    boss.context.close()
    assert not Plan.objects.exists(), "approved is not accepted"


def reads_signs_and_has_the_cash_loan_back(people):
    """The score that the offer foretells for its last day."""
    she, t = people.she, people.t
    people.her_appeal()
    offer = she.locator("section.card", has=she.locator("input[name=read]"))
    offer.locator("summary").click()
    steps = offer.locator(".steps li")
    expect(steps.first).to_contain_text(t("Pay-later line"))
    foretold = int(re.findall(r"\d+", steps.last.inner_text().splitlines()[-1])[-1])
    people.look(she, "13-offer-to-sign")
    she.locator("input[name=read]").check()
    she.get_by_role("button", name=t("Accept"), exact=True).click()
    expect(she.locator(".said")).to_contain_text(t("Accepted and carried out."))
    expect(she.locator(".hero .what").first).to_have_text(t("Granted"))
    people.look(she, "14-decided")
    people.she_opens("")
    expect(people.her_line("Cash loan")).to_contain_text(t("Active"))
    expect(people.her_line("Cash loan").locator(".amount")).to_have_text("20,000.00")
    expect(she.locator(".what")).to_contain_text("333.33")
    people.look(she, "15-cash-loan-back")

    signature = Signature.objects.get(offer__side="staff")
    assert signature.by == people.customer.user
    assert signature.text_hash == hash_of(signature.text)
    assert people.said["again"] in signature.text
    decision = AppealDecision.objects.get()
    assert (decision.decided_by.username, decision.approved_by.username) == ("ming", "jie")
    return foretold


def misses_an_instalment_is_warned_and_pays(people, book):
    she, due = people.she, INSTALMENTS[0]
    book.goes_on(TODAY + dt.timedelta(days=1), due + dt.timedelta(days=1))
    warned = Notice.objects.get(customer=people.customer, kind="instalment_missed")
    assert (warned.state, warned.on) == ("sent", due + dt.timedelta(days=1))
    assert Plan.objects.get().status == "kept", "the grace is not over"
    people.she_signs_in()
    expect(she.locator(".what")).to_contain_text("333.33")
    people.look(she, "16-missed")
    people.she_opens("notices/")
    she.get_by_role("link", name=warned.subject).click()
    people.look(she, "17-warned")
    pays(people, "333.33", shot="18-pay")
    people.look(she, "19-receipt")


def pays(people, amount, shot=""):
    """What is due, through the sandbox's channel, as she would."""
    she, t = people.she, people.t
    people.she_opens("")
    expect(she.locator(".what")).to_contain_text(amount)
    she.get_by_role("link", name=t("Pay"), exact=True).click()
    she.locator("#id_amount").fill(amount)
    if shot:
        people.look(she, shot)
    she.get_by_role("button", name=t("Go on to pay")).click()
    she.get_by_role("button", name=t("Pay"), exact=True).click()
    expect(she.locator("h1")).to_have_text(t("Thank you: the payment is booked"))


def keeps_the_plan(people, book):
    on = INSTALMENTS[0] + dt.timedelta(days=1)
    for due, amount in zip(INSTALMENTS[1:], ("333.33", "333.34"), strict=True):
        book.goes_on(on + dt.timedelta(days=1), due)
        assert Plan.objects.get().status == "kept"
        people.she_signs_in()
        pays(people, amount)
        on = due
    assert Plan.objects.get().status == "completed"
    assert not OpenBill.objects.filter(customer=people.customer).exists()
    assert not Restriction.objects.filter(
        customer=people.customer, until_on=None, reversed_on=None
    ).exists()
    book.goes_on(on + dt.timedelta(days=1), HORIZON)


def stands_where_the_forecast_said(people, foretold):
    she, t = people.she, people.t
    people.she_signs_in()
    expect(people.her_line("Pay-later line")).to_contain_text(t("Active"))
    expect(people.her_line("Cash loan")).to_contain_text(t("Active"))
    people.look(she, "20-back")
    people.she_opens("score/")
    expect(she.locator("main .amount")).to_have_text(str(foretold))
    people.look(she, "21-score")
    assert Score.objects.get(customer=people.customer).score == foretold
