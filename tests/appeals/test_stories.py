"""How appeals go, from the customer's page to what the book says in the end, and after it.

The clock of the product moves; nobody is told what day it is otherwise.
"""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation
from PIL import Image

from accounts.models import Customer, Notice, User
from appeals import operations, tasks
from appeals.choices import Result, State
from appeals.letters import operations as letters
from appeals.models import Appeal, AppealDecision, Letter, Offer
from appeals.offers.composing import from_wishes
from appeals.remedies import outlook
from appeals.titles import titles
from billing import operations as money
from billing.models import Bill, Entry, OpenBill, Plan
from risk.models import Point, Restriction, Score
from tests.appeals.cases import NOW, TODAY, fee, fresh, late_customer, restriction
from tests.appeals.test_desk import page, preview
from tests.appeals.test_offers import Case
from tests.factories import line, make_user, open_days, start_with_limits

pytestmark = pytest.mark.django_db
#: The stories are told in both.
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh-hans"])


@pytest.fixture(autouse=True)
def clock(db: None, time_machine: Any, monkeypatch: pytest.MonkeyPatch, settings: Any,
          tmp_path: Any) -> Any:  # fmt: skip
    cache.clear()
    settings.MEDIA_ROOT = tmp_path
    start_with_limits()
    monkeypatch.setattr(outlook, "DAYS", 5)
    time_machine.move_to(NOW, tick=False)
    return time_machine


def days_later(clock: Any, customer: Customer, days: int) -> dt.date:
    """So many days later, the customer's nights having run."""
    on = TODAY + dt.timedelta(days=days)
    clock.move_to(NOW + dt.timedelta(days=days), tick=False)
    open_days(customer, TODAY + dt.timedelta(days=1), on)
    return on


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def her(customer: Customer) -> Client:
    user = User.objects.filter(customer=customer).first()
    return signed_in(
        user or make_user("", is_staff=False, customer=customer, language=customer.language)
    )


def t(customer: Customer, text: Any) -> str:
    """A text of the product, or the label of a choice, in the customer's language."""
    with translation.override(customer.language):
        return translation.gettext(text) if isinstance(text, str) else str(text)


def named(customer: Customer, kind: str, row: Any) -> str:
    """A cause as she finds it in the list of the form."""
    key = SimpleNamespace(subject_kind=kind, subject_id=row.pk)
    with translation.override(customer.language):
        return titles([key])[(kind, row.pk)]


def appeals_on_her_page(customer: Customer, about: str, **given: Any) -> Appeal:
    """What she finds on the list of the form, in words, and sends."""
    client, address = her(customer), reverse("my:new_appeal")
    choices = client.get(address).context["form"].fields["about"].choices
    (ref,) = [ref for ref, words in choices if about in words]
    sent = client.post(address, {
        "kind": "appeal", "about": ref, "words": "I was in hospital", "asks": ["lift", "waive"],
        "token": client.get(address).context["form"]["token"].value(), **given,
    })  # fmt: skip
    assert sent.status_code == 302, sent.context["form"].errors
    return Appeal.objects.get(public_id=sent["Location"].rstrip("/").split("/")[-1])


def takes_up(user: User, appeal: Appeal) -> Client:
    client = signed_in(user)
    client.post(page(appeal, "do", "take"), {"version": fresh(appeal).version})
    assert fresh(appeal).state == "in_review"
    return client


def decides(client: Client, appeal: Appeal, **given: Any) -> None:
    _shown, sent = preview(client, fresh(appeal), **given)
    client.post(page(appeal, "act", "decide"), sent)
    assert fresh(appeal).state == "decided"


DECLINED = {"granted_0": "no", "ground_0": "correct", "found_0": "The bill was due."}


def her_page(customer: Customer, appeal: Appeal) -> str:
    return her(customer).get(reverse("my:appeal", args=[appeal.public_id])).content.decode()


def open_restrictions(customer: Customer) -> set[tuple[str, str]]:
    rows = Restriction.objects.filter(customer=customer, until_on=None, reversed_on=None)
    return set(rows.values_list("line__product", "code"))


def photo() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), (90, 140, 190)).save(out, "JPEG")
    return SimpleUploadedFile("bill.jpg", out.getvalue(), content_type="image/jpeg")


@LANGUAGES
def test_declined_by_one_and_granted_by_another_who_looks_again(language: str) -> None:
    customer, agent = late_customer(language=language), make_user("agent")
    about = named(customer, "restriction", restriction(customer, "linked_general"))
    appeal = appeals_on_her_page(customer, about)
    assert fresh(appeal).assigned_to == agent
    decides(takes_up(agent, appeal), appeal, **DECLINED)
    letters.send_what_waits(at=NOW)
    said = her_page(customer, appeal)
    assert t(customer, Result.DECLINED.label) in said
    assert ("申诉" in said) == (language == "zh-hans")
    assert "You were in hospital on the due date." in said, "the reasons"
    letter = Letter.objects.get().html
    assert "The bill was due." in letter
    assert f"<b>{about}</b>" in letter, "it names which restriction"
    assert ("cash_loan", "linked_general") in open_restrictions(customer)

    sent = her(customer).post(
        reverse("my:reopen", args=[appeal.public_id]), {"words": "You overlooked the bill."}
    )
    again = Appeal.objects.get(second_review_of=appeal)
    assert sent["Location"].endswith(f"{again.public_id}/")
    assert again.assigned_to is None, "who declined it is the only one there, and may not"
    signed_in(agent).post(page(again, "do", "take"), {"version": again.version})
    assert fresh(again).state == "submitted"
    chief = make_user("supervisor")
    decides(takes_up(chief, again), again, remedy_0="lift", until_0="2026-04-20")
    assert ("cash_loan", "linked_general") not in open_restrictions(customer)
    assert list(AppealDecision.objects.order_by("pk").values_list("result", flat=True)) == [
        "declined", "granted",
    ]  # fmt: skip
    assert t(customer, "Not content with the decision?") not in her_page(customer, again), "once"
    third = her(customer).post(reverse("my:reopen", args=[again.public_id]), {"words": "More"})
    assert third.status_code == 302
    assert Appeal.objects.count() == 2


@LANGUAGES
def test_withdrawn_everything_goes_on_as_if_it_had_not_been(clock: Any, language: str) -> None:
    customer = late_customer(language=language)
    about = named(customer, "restriction", restriction(customer, "own_overdue"))
    appeal = appeals_on_her_page(customer, about)
    three = days_later(clock, customer, 3)
    before = OpenBill.objects.get(customer=customer).fee
    her(customer).post(reverse("my:withdraw", args=[appeal.public_id]))
    assert fresh(appeal).state == "withdrawn"
    assert not AppealDecision.objects.exists()
    assert t(customer, State.WITHDRAWN.label) in her_page(customer, appeal)
    open_days(customer, three + dt.timedelta(days=1), three + dt.timedelta(days=2))
    clock.move_to(NOW + dt.timedelta(days=5), tick=False)
    grown = OpenBill.objects.get(customer=customer).fee - before
    assert grown == Decimal("1.50"), "the day it was withdrawn and the two after it, none held"
    assert appeals_on_her_page(customer, about).is_open


@LANGUAGES
def test_unanswered_it_expires_after_a_reminder_and_may_be_filed_again(
    clock: Any, language: str
) -> None:
    customer, agent = late_customer(language=language), make_user("agent")
    about = named(customer, "restriction", restriction(customer, "own_overdue"))
    appeal = appeals_on_her_page(customer, about)
    client = takes_up(agent, appeal)
    client.post(
        page(appeal, "do", "ask"), {"text": "Which hospital?", "version": fresh(appeal).version}
    )
    by = t(customer, "We need your answer by %(day)s.").split("%(day)s")[0]
    assert by in her_page(customer, appeal)
    seen = []
    for day in range(1, 20):
        days_later(clock, customer, day)
        tasks.keep_clocks()
        seen.append(fresh(appeal).state)
        if seen[-1] == "expired":
            break
    assert seen[0] == "waiting_customer"
    assert seen[-1] == "expired"
    told = Notice.objects.filter(customer=customer, key__startswith=appeal.number)
    reminded, ended = (
        told.filter(kind=kind).count() for kind in ("appeal_reminder", "appeal_expired")
    )
    assert (reminded, ended) == (1, 1)
    assert t(customer, State.EXPIRED.label) in her_page(customer, appeal)
    assert not AppealDecision.objects.exists()
    before = OpenBill.objects.get(customer=customer).fee
    open_days(customer, TODAY + dt.timedelta(days=len(seen) + 1), TODAY + dt.timedelta(21))
    assert OpenBill.objects.get(customer=customer).fee > before, "it is not held any more"
    clock.move_to(NOW + dt.timedelta(days=21), tick=False)
    assert appeals_on_her_page(customer, about).is_open


@LANGUAGES
def test_granted_for_one_of_two_causes_the_other_restriction_stays(language: str) -> None:
    customer, chief = late_customer(language=language), make_user("supervisor")
    both = [restriction(customer, "linked_general"), restriction(customer, "own_overdue")]
    appeal = operations.submit(
        customer=customer, kind="appeal", asks=["lift"], words="I was in hospital",
        subjects_=[("restriction", row.pk) for row in both], by=customer, at=NOW, on=TODAY,
    )  # fmt: skip
    decides(
        takes_up(chief, appeal), appeal, remedy_0="lift", until_0="2026-04-20",
        found_0="The papers cover the cash loan.", granted_1="no", ground_1="correct",
        found_1="The bill is not paid.",
    )  # fmt: skip
    assert fresh(appeal).result == "partly"
    assert open_restrictions(customer) == {("pay_later", "own_overdue")}
    said = her_page(customer, appeal)
    partly = t(customer, Result.PARTLY.label)
    for words in (partly, "The papers cover the cash loan.", "The bill is not paid."):
        assert words in said, words
    home = her(customer).get(reverse("my:overview")).content.decode()
    assert t(customer, "Overdue on this line") in home
    assert t(customer, "Overdue on the other line") not in home
    again = t(customer, "Not content with the decision?")
    assert again in said, "the declined part can be looked at again"


@LANGUAGES
def test_an_upheld_dispute_undoes_fees_points_and_restriction_to_the_first_day(
    language: str,
) -> None:
    customer, chief = late_customer(language=language), make_user("supervisor")
    initial = Score.objects.get(customer=customer).score - sum(
        Point.objects.filter(customer=customer).values_list("points", flat=True)
    )
    bill = Bill.objects.get(customer=customer)
    assert fee(customer).amount > 0
    about = named(customer, "bill", bill)
    appeal = appeals_on_her_page(customer, about, kind="objection")
    decides(takes_up(chief, appeal), appeal, remedy_0="correct", amount_0="", ground_0="not_owed")

    assert not OpenBill.objects.filter(customer=customer).exists()
    fees = Entry.objects.filter(customer=customer, component="fee")
    assert sum(fees.values_list("amount", flat=True)) == 0
    points = Point.objects.filter(customer=customer, cause="past_due")
    assert points.exists(), "they are kept, and reversed"
    assert sum(points.values_list("points", flat=True)) == 0
    assert Score.objects.get(customer=customer).score == initial
    rows = Restriction.objects.filter(customer=customer)
    assert {row.reversed_on for row in rows} == {TODAY}, "wrong from their first day, and kept so"
    home = her(customer).get(reverse("my:overview")).content.decode()
    assert t(customer, "Nothing restricts your credit.") in home
    past = her(customer).get(reverse("my:past")).content.decode()
    assert t(customer, "Overdue on this line") in past


def test_an_appeal_holds_its_own_cause_and_no_other(clock: Any) -> None:
    customer, agent = late_customer(language="en"), make_user("agent")
    mine, other = f"B-{customer.number}", f"O-{customer.number}"
    money.book_bill(
        line=line(customer, "cash_loan"), number=other, principal=Decimal(500),
        due_on=TODAY + dt.timedelta(days=1), on=TODAY,
    )  # fmt: skip
    appeal = appeals_on_her_page(customer, "Pay-later line restricted")
    held = OpenBill.objects.get(bill__number=mine).fee
    points = Point.objects.filter(customer=customer, cause="past_due").count()
    days_later(clock, customer, 6)
    assert OpenBill.objects.get(bill__number=mine).fee == held
    assert OpenBill.objects.get(bill__number=other).fee > 0
    assert ("cash_loan", "own_overdue") in open_restrictions(customer), "the other one goes on"
    grown = Point.objects.filter(customer=customer, cause="past_due").count() - points
    assert grown == 1, "the first day of the other episode"
    decides(takes_up(agent, appeal), appeal, **DECLINED)
    on = TODAY + dt.timedelta(days=6)
    open_days(customer, on + dt.timedelta(days=1), on + dt.timedelta(days=2))
    assert OpenBill.objects.get(bill__number=mine).fee > held, "and the contested one, once decided"


@pytest.fixture
def broken(clock: Any) -> Case:
    """A plan with a conditional waiver, accepted, of which nothing was paid."""
    case = Case()
    case.accept(case.offer())
    assert OpenBill.objects.get(customer=case.customer).fee == 0
    days_later(clock, case.customer, 36)  # first due on 20 April, three days of grace
    return case


def test_a_broken_plan_takes_the_conditional_waiver_back_and_the_old_dates_count(
    broken: Case,
) -> None:
    plan = Plan.objects.get(customer=broken.customer)
    assert (plan.status, plan.ended_on) == ("broken", dt.date(2026, 4, 24))
    row = OpenBill.objects.get(customer=broken.customer)
    assert row.fee >= Decimal("5.00"), "what was waived on condition is owed again"
    home = her(broken.customer).get(reverse("my:overview"))
    (late,) = [card for card in home.context["standing"].lines if card.row["dpd"]]
    assert late.row["dpd"] == (dt.date(2026, 4, 25) - dt.date(2026, 3, 10)).days
    assert ("cash_loan", "plan_broken") in open_restrictions(broken.customer)
    text = home.content.decode()
    assert "repayment plan" in text
    assert Notice.objects.filter(customer=broken.customer, kind="appeal_decided").exists()


def test_a_second_plan_needs_new_evidence(broken: Case) -> None:
    on = dt.date(2026, 4, 25)
    appeal = operations.submit(
        customer=broken.customer, kind="hardship", asks=["plan"], words="Once more, please",
        by=broken.user, at=NOW + dt.timedelta(days=36), on=on,
    )  # fmt: skip
    client = takes_up(broken.agent, appeal)
    wish = {
        "use": ["repayment_plan-0"], "repayment_plan-0-bills": [broken.bill],
        "repayment_plan-0-monthly": "", "repayment_plan-0-parts": "3",
        "repayment_plan-0-first_due": "2026-06-01", "words": "", "days": "10",
        "reason": "hardship", "why": "Back at work.", "step": "preview",
    }  # fmt: skip
    compose = reverse("admin:appeals_offer_compose", args=[appeal.pk])
    refused = client.post(compose, wish)
    assert "another one needs evidence that was handed in since" in refused.content.decode()
    assert refused.context.get("preview") is None
    her(broken.customer).post(
        reverse("my:appeal", args=[appeal.public_id]), {"text": "My payslip", "evidence": [photo()]}
    )
    assert client.post(compose, wish).context.get("preview") is not None
    made = from_wishes(
        broken.customer, on,
        [{"kind": "repayment_plan", "bills": [broken.bill], "parts": "3",
          "first_due": "2026-06-01"}],
        ["repayment_plan"],
    )  # fmt: skip
    assert made.package(broken.agent) is not None
    assert Offer.objects.filter(appeal=appeal).count() == 0, "a preview does nothing"
