"""How an appeal ends otherwise, in a real browser: declined and looked at again by somebody else,
withdrawn, expired, granted for one of two causes, a bill that was never owed.

The customer holds a phone, the staff sit at a desk; both speak one language a story.
"""

import datetime as dt
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from appeals import tasks
from appeals.choices import Result, State
from appeals.models import Appeal, AppealDecision
from billing.models import Entry, OpenBill
from risk.models import Point, Restriction, Score
from tests.browser.test_the_way_back import (  # noqa: F401 (fixtures)
    TODAY,
    People,
    _chinese,
    book,
    late,
    of_the_cash_loan,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh-hans"])
HIS = {
    "en": {
        "declined": "The bill was due, and nobody told us of the hospital.",
        "reasons": "You were told of the due date three times and did not write.",
        "overlooked": "The hospital's bill names the day.",
        "granted": "The papers cover the due date.",
        "owed": "This purchase was never mine.",
        "ask": "Which hospital was it?",
    },
    "zh-hans": {
        "declined": "账单到期未还，我们没有收到住院的消息。",
        "reasons": "还款日前已提醒您三次，您没有与我们联系。",
        "overlooked": "医院账单上写明了日期。",
        "granted": "单据覆盖了还款日。",
        "owed": "这笔消费不是我本人的。",
        "ask": "请问是哪家医院？",
    },
}


@pytest.fixture
def people(browser, live_server, book, late, language):  # noqa: F811
    expect.set_options(timeout=15_000)
    found = People(browser, live_server, language, late)
    found.his = HIS[language]
    found.she_signs_in()
    yield found
    assert found.wrong == []
    for context in list(browser.contexts):
        context.close()


def she_objects(people, kind="appeal", also=""):
    """From the form that a page led to, to the page of the appeal."""
    she = people.she
    expect(she.locator("#id_about")).not_to_have_value("")
    if also:
        she.locator("#id_also").select_option(label=also)
    she.locator(f"input[name=kind][value={kind}]").check()
    she.locator("#id_words").fill(people.said["words"])
    she.locator("input[name=asks][value=lift]").check()
    people.look(she, "form")
    she.get_by_role("button", name=people.t("Send"), exact=True).click()
    appeal = Appeal.objects.latest("pk")
    expect(she.locator(".said")).to_contain_text(appeal.number)
    return appeal


def objects_to_the_cash_loan(people, also=""):
    link = of_the_cash_loan(people).get_by_role("link", name=people.t("I object to this"))
    link.click()
    return she_objects(people, also=also)


def takes_up(people, name, appeal):
    staff = people.staff(name)
    staff.goto(f"{people.url}/admin/appeals/appeal/{appeal.pk}/change/")
    staff.get_by_role("button", name=people.t("Take it up")).click()
    expect(staff.locator(".dk-case-head")).to_contain_text(people.t("In review"))
    return staff


def decides(people, staff, **fields):
    """Fills the form in, looks at what it would do, does it."""
    staff.get_by_role("link", name=people.t("Decide"), exact=True).click()
    choices = ("granted", "ground", "remedy")
    for name, value in {"reason": "other", "words": people.his["reasons"], **fields}.items():
        field = staff.locator(f"#id_{name}")
        if name == "reason":
            field.select_option(index=1)
        elif name.startswith(choices):
            field.select_option(value)
        else:
            field.fill(value)
    staff.locator("button[name=step][value=preview]").click()
    expect(staff.locator(".dk-letter")).to_contain_text(people.his["reasons"])
    people.look(staff, "preview")
    staff.locator("button[name=step][value=confirm]").click()
    expect(staff.locator("#decision")).to_contain_text(people.his["reasons"])
    staff.context.close()


def declined(people, n=0):
    return {f"granted_{n}": "no", f"ground_{n}": "correct", f"found_{n}": people.his["declined"]}


def lifted(people, n=0):
    return {
        f"granted_{n}": "yes", f"ground_{n}": "hardship", f"found_{n}": people.his["granted"],
        f"remedy_{n}": "lift", f"until_{n}": (TODAY + dt.timedelta(days=30)).isoformat(),
    }  # fmt: skip


def she_opens(people, appeal):
    people.she_opens(f"appeals/{appeal.public_id}/")
    return people.she.locator(".hero").first


@LANGUAGES
def test_declined_and_looked_at_again_by_another(people):
    she, t = people.she, people.t
    first = objects_to_the_cash_loan(people)
    decides(people, takes_up(people, "ming", first), **declined(people))
    told = she_opens(people, first)
    expect(told).to_contain_text(t(Result.DECLINED.label))
    expect(told).to_contain_text(people.his["reasons"])
    people.look(she, "declined")
    she.locator("#reopen-words").fill(people.his["overlooked"])
    she.get_by_role("button", name=t("Ask for a second review")).click()
    second = Appeal.objects.get(second_review_of=first)
    expect(she.locator(".said")).to_be_visible()
    expect(she.locator(".thread")).to_contain_text(people.his["overlooked"])

    barred = people.staff("ming")
    barred.goto(f"{people.url}/admin/appeals/appeal/{second.pk}/change/")
    expect(barred.locator(".dk-do")).to_contain_text(t("A second review is done by somebody else."))
    expect(barred.get_by_role("button", name=t("Take it up"))).to_have_count(0)
    barred.context.close()
    decides(people, takes_up(people, "jie", second), **lifted(people))

    expect(she_opens(people, second)).to_contain_text(t(Result.GRANTED.label))
    expect(she.locator("#reopen-words")).to_have_count(0)
    people.look(she, "granted")
    people.she_opens("")
    expect(people.her_line("Cash loan")).to_contain_text(t("Active"))
    by = AppealDecision.objects.order_by("pk").values_list("decided_by__username", flat=True)
    assert list(by) == ["ming", "jie"]


@LANGUAGES
def test_withdrawn_it_goes_on_as_if_it_had_not_been(people, book):  # noqa: F811
    she, t = people.she, people.t
    appeal = objects_to_the_cash_loan(people)
    people.she_opens("")
    contested = of_the_cash_loan(people).get_by_role("link", name=appeal.number)
    book.goes_on(TODAY + dt.timedelta(days=1), TODAY + dt.timedelta(days=2))
    held = OpenBill.objects.get().fee
    people.she_signs_in()
    contested.click()
    she.get_by_text(t("Withdraw the appeal")).click()
    people.look(she, "withdrawing")
    she.get_by_role("button", name=t("Withdraw it")).click()
    expect(she.locator(".hero").first).to_contain_text(t(State.WITHDRAWN.label))
    assert not AppealDecision.objects.exists()
    book.goes_on(TODAY + dt.timedelta(days=3), TODAY + dt.timedelta(days=4))
    assert OpenBill.objects.get().fee == held + Decimal("1.50"), "its day, and the two after it"
    people.she_signs_in()
    expect(of_the_cash_loan(people).get_by_role("link", name=t("I object to this"))).to_be_visible()


@LANGUAGES
def test_unanswered_it_is_reminded_of_and_expires(people, book):  # noqa: F811
    she, t = people.she, people.t
    appeal = objects_to_the_cash_loan(people)
    staff = takes_up(people, "ming", appeal)
    staff.locator("#id_message").fill(people.his["ask"])
    staff.get_by_role("button", name=t("Ask, and wait for the answer")).click()
    expect(staff.locator(".dk-case-head")).to_contain_text(t(State.WAITING_CUSTOMER.label))
    staff.context.close()
    expect(she_opens(people, appeal)).to_contain_text(
        t("We need your answer by %(day)s.").split("%(day)s")[0].strip()
    )
    expect(she.locator(".thread")).to_contain_text(people.his["ask"])
    for n in range(1, 20):
        book.wakes_on(TODAY + dt.timedelta(days=n))
        tasks.keep_clocks()
        if Appeal.objects.get().state == State.EXPIRED:
            break
    people.she_signs_in()
    expect(she_opens(people, appeal)).to_contain_text(t(State.EXPIRED.label))
    people.look(she, "expired")
    assert not AppealDecision.objects.exists()
    people.she_opens("notices/")
    kinds = people.customer.notices.filter(key__startswith=appeal.number)
    subjects = kinds.filter(kind__in=("appeal_reminder", "appeal_expired"))
    for subject in subjects.values_list("subject", flat=True):
        expect(she.get_by_role("link", name=subject).first).to_be_visible()
    assert subjects.count() == 2


@LANGUAGES
def test_granted_for_one_of_two_causes(people):
    she, t = people.she, people.t
    other = Restriction.objects.get(code="own_overdue")
    link = of_the_cash_loan(people).get_by_role("link", name=t("I object to this"))
    link.click()
    ref = next(
        choice for choice in she.locator("#id_also option").all_inner_texts()
        if t("Pay-later line") in choice and t(other.get_trigger_display()) in choice
    )  # fmt: skip
    appeal = she_objects(people, also=ref)
    assert appeal.causes.count() == 2
    decides(people, takes_up(people, "jie", appeal), **lifted(people, 0), **declined(people, 1))
    expect(she_opens(people, appeal)).to_contain_text(t(Result.PARTLY.label))
    causes = she.locator("section.list li")
    expect(causes.nth(0)).to_contain_text(people.his["granted"])
    expect(causes.nth(0).locator(".pill")).to_have_text(t(Result.GRANTED.label))
    expect(causes.nth(1)).to_contain_text(people.his["declined"])
    expect(causes.nth(1).locator(".pill")).to_have_text(t(Result.DECLINED.label))
    expect(she.locator("#reopen-words")).to_be_visible()
    people.look(she, "partly")
    people.she_opens("")
    expect(people.her_line("Cash loan")).to_contain_text(t("Active"))
    expect(people.her_line("Pay-later line")).to_contain_text(t("Suspended"))
    assert set(
        Restriction.objects.filter(until_on=None, reversed_on=None).values_list("code", flat=True)
    ) == {"own_overdue"}


@LANGUAGES
def test_a_bill_that_was_never_owed_is_undone_to_its_first_day(people):
    she, t = people.she, people.t
    start = Score.objects.get().score - sum(Point.objects.values_list("points", flat=True))
    people.she_opens("bills/B-1/")
    people.look(she, "bill")
    she.get_by_role("link", name=t("Something is wrong with this bill")).click()
    appeal = she_objects(people, kind="objection")
    decides(
        people, takes_up(people, "jie", appeal), granted_0="yes", ground_0="not_owed",
        found_0=people.his["granted"], remedy_0="correct",
    )  # fmt: skip
    expect(she_opens(people, appeal)).to_contain_text(t(Result.GRANTED.label))
    people.look(she, "undone")
    people.she_opens("")
    expect(she.locator("main")).to_contain_text(t("Nothing restricts your credit."))
    expect(people.her_line("Pay-later line")).to_contain_text(t("Active"))
    people.she_opens("score/")
    expect(she.locator("main .amount")).to_have_text(str(start))
    people.she_opens("past/")
    expect(she.locator("article.reason")).to_have_count(2)
    people.look(she, "past")
    assert sum(Entry.objects.filter(component="fee").values_list("amount", flat=True)) == 0
    assert {row.reversed_on for row in Restriction.objects.all()} == {TODAY}
