"""The desk's pages of offers: compose, preview, send; approve; take up. And who may."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ActRequest, AuthorityLimit
from appeals.models import Offer, PlanLength
from appeals.offers import operations
from appeals.remedies import outlook
from billing.models import Plan
from risk.desk import acts
from tests.appeals.cases import NOW, TODAY
from tests.appeals.test_offers import Case, take_up
from tests.factories import make_user, seen_on, start_with_limits

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(db: None, monkeypatch: pytest.MonkeyPatch) -> Case:
    start_with_limits()
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    monkeypatch.setattr(outlook, "DAYS", 5)
    return Case()


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def compose(case: Case) -> str:
    return reverse("admin:appeals_offer_compose", args=[case.appeal.pk])


def entered(case: Case, **changes: Any) -> dict[str, Any]:
    return {
        "use": ["repayment_plan-0", "fee_waiver-0"],
        "repayment_plan-0-bills": [case.bill],
        "repayment_plan-0-monthly": "300",
        "repayment_plan-0-parts": "",
        "repayment_plan-0-first_due": "2026-04-20",
        "fee_waiver-0-bill": case.bill,
        "fee_waiver-0-amount": "",
        "fee_waiver-0-conditional": "on",
        "words": "Take your time.",
        "days": "10",
        "reason": "hardship",
        "why": "Seen the hospital bill.",
        "token": str(uuid.uuid4()),
        **changes,
    }


def preview(client: Client, case: Case, **changes: Any) -> Any:
    answer = client.post(compose(case), {**entered(case, **changes), "step": "preview"})
    assert answer.status_code == 200
    return answer


def send(client: Client, case: Case, **changes: Any) -> Any:
    shown = preview(client, case, **changes)
    assert shown.context.get("package") is not None, shown.content.decode()
    data = {
        **entered(case, **changes), "step": "send", "seen": shown.context["seen"],
        "hash": shown.context["package"].hash, "token": str(shown.context["token"]),
    }  # fmt: skip
    return client.post(compose(case), data)


def test_remedies_are_added_and_left_out_keeping_what_was_entered(case) -> None:
    client = signed_in(case.agent)
    first = client.get(compose(case)).content.decode()
    assert "add:repayment_plan" in first
    added = client.post(compose(case), {**entered(case), "step": "add:fee_waiver"})
    assert [key for key, _form in added.context["forms"]] == [
        "repayment_plan-0", "fee_waiver-0", "fee_waiver-1",
    ]  # fmt: skip
    text = added.content.decode()
    assert 'value="300"' in text
    assert "2026-04-20" in text
    assert not added.context["forms"][0][1].is_bound
    left = client.post(compose(case), {**entered(case), "step": "remove:fee_waiver-0"})
    assert [key for key, _form in left.context["forms"]] == ["repayment_plan-0"]
    many = {**entered(case), "use": [f"fee_waiver-{n}" for n in range(6)]}
    full = client.post(compose(case), {**many, "step": "add:fee_waiver"})
    assert len(full.context["forms"]) == 6


def test_cost_effect_and_text_are_shown_before_it_is_sent_and_nothing_is_done(case) -> None:
    shown = preview(signed_in(case.agent), case)
    text = shown.content.decode()
    for words in ("Cost to us", "5.00", "is paid in 4 instalments", "Take your time.", "<svg"):
        assert words in text, words
    assert shown.context["alone"]
    assert not Offer.objects.exists()
    assert not Plan.objects.exists()
    assert "no-store" in shown["Cache-Control"]


def test_what_cannot_be_offered_is_said(case) -> None:
    client = signed_in(case.agent)
    low = client.post(
        compose(case), {**entered(case, **{"repayment_plan-0-monthly": "2"}), "step": "preview"}
    )
    assert "more than 60 months" in low.content.decode()
    wrong = client.post(
        compose(case), {**entered(case, **{"repayment_plan-0-first_due": "x"}), "step": "preview"}
    )
    assert wrong.context["forms"][0][1].errors["first_due"]
    nothing = client.post(compose(case), {**entered(case), "use": [], "step": "preview"})
    assert "needs at least one remedy" in nothing.content.decode()
    assert not Offer.objects.exists()


def test_sent_within_authority_it_is_open_and_a_second_sending_is_the_same(case) -> None:
    client = signed_in(case.agent)
    shown = preview(client, case)
    data = {
        **entered(case), "step": "send", "seen": shown.context["seen"],
        "hash": shown.context["package"].hash, "token": str(shown.context["token"]),
    }  # fmt: skip
    for _ in range(2):
        assert client.post(compose(case), data).status_code == 302
    offer = Offer.objects.get()
    assert (offer.state, offer.words) == ("open", "Take your time.")
    page = client.get(reverse("admin:appeals_offer_change", args=[offer.pk]))
    assert page.status_code == 200
    assert "Take your time." in page.content.decode()
    case_page = client.get(reverse("admin:appeals_appeal_change", args=[case.appeal.pk]))
    assert offer.number in case_page.content.decode()


def test_another_package_than_shown_is_shown_again(case) -> None:
    client = signed_in(case.agent)
    shown = preview(client, case)
    data = {
        **entered(case, **{"repayment_plan-0-monthly": "500"}), "step": "send",
        "seen": shown.context["seen"], "hash": shown.context["package"].hash,
    }  # fmt: skip
    answer = client.post(compose(case), data)
    assert answer.status_code == 200
    assert not Offer.objects.exists()


def test_above_authority_the_approver_reads_the_whole_package_and_decides(case) -> None:
    AuthorityLimit.objects.filter(role="agent", act="grant_package").update(alone=1)
    client = signed_in(case.agent)
    assert not preview(client, case).context["alone"]
    assert send(client, case).status_code == 302
    request = ActRequest.objects.get()
    boss = signed_in(case.boss)
    url = reverse("admin:accounts_actrequest_change", args=[request.pk])
    shown = boss.get(url)
    text = shown.content.decode()
    for words in ("is paid in 4 instalments", "Take your time.", "Granted in 12 months before"):
        assert words in text, words
    assert shown.context["may_decide"]
    assert shown.context["effect"]
    PlanLength.objects.filter(role="supervisor").update(months_approves=3)
    assert not boss.get(url).context["may_decide"]
    PlanLength.objects.filter(role="supervisor").update(months_approves=36)
    boss.post(url, {"step": "approve", "words": "Seen it too.", "seen": shown.context["seen"]})
    assert Offer.objects.get().state == "open"


def test_a_counter_is_taken_up_or_declined_on_its_page(case) -> None:
    theirs = case.propose()
    client = signed_in(case.agent)
    url = reverse("admin:appeals_offer_change", args=[theirs.pk])
    shown = client.get(url)
    assert shown.context["brief"]["may_take_up"]
    assert client.post(url, {"step": "decline", "words": "no"}).status_code == 200
    client.post(url, {
        "step": "take_up", "words": "It is what she can pay.", "reason": "hardship",
        "seen": shown.context["seen"], "token": str(shown.context["token"]),
    })  # fmt: skip
    assert Plan.objects.count() == 1
    theirs.refresh_from_db()
    assert theirs.state == "accepted"


def test_the_composing_page_shows_what_the_customer_proposes(case) -> None:
    case.propose()
    assert "I can pay 200" in signed_in(case.agent).get(compose(case)).content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_speak_both_languages(case, language) -> None:
    from config import messages

    messages.compile_all()
    user = make_user("supervisor", language=language)
    text = preview(signed_in(user), case).content.decode()
    assert ("What the customer reads and signs" in text) == (language == "en")
    assert "is paid in 4 instalments" in text, "the customer's language is English"


MAKE = {"agent", "supervisor", "administrator"}
ROLES = ("agent", "supervisor", "risk_analyst", "auditor", "administrator")


@pytest.mark.parametrize("role", ROLES)
def test_who_may(case, role) -> None:
    offer = case.offer()
    client = signed_in(make_user(role))
    url = reverse("admin:appeals_offer_change", args=[offer.pk])
    assert client.get(compose(case)).status_code == (200 if role in MAKE else 403)
    assert client.get(url).status_code == 200
    assert client.get(reverse("admin:appeals_offer_changelist")).status_code == 200
    answer = client.post(url, {"step": "withdraw", "words": "a mistake of ours"})
    assert answer.status_code == (302 if role in MAKE else 403)
    assert client.get(reverse("admin:appeals_letter_changelist")).status_code == 200
    lengths = client.get(reverse("admin:appeals_planlength_changelist"))
    assert lengths.status_code == (403 if role == "agent" else 200)
    row = PlanLength.objects.get(role="agent")
    page = reverse("admin:appeals_planlength_change", args=[row.pk])
    entered = {"role": "agent", "months_alone": "9", "months_approves": "0"}
    client.post(page, {**entered, "_seen": seen_on(client.get(page))})
    row.refresh_from_db()
    assert (row.months_alone == 9) == (role == "administrator")


def test_others_see_nothing_of_it(case) -> None:
    offer = case.offer()
    urls = (
        compose(case),
        reverse("admin:appeals_offer_change", args=[offer.pk]),
        reverse("admin:appeals_offer_changelist"),
    )
    for client in (Client(), signed_in(case.user), signed_in(make_user(""))):
        for url in urls:
            assert client.get(url).status_code in (302, 403), url


def test_the_list_costs_the_same_however_long(case) -> None:
    client = signed_in(case.agent)
    url = reverse("admin:appeals_offer_changelist")
    case.offer()
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(url)
    for parts in ("3", "5"):
        case.offer(case.package(parts=parts))
    with CaptureQueriesContext(connection) as more:
        client.get(url)
    assert len(more) == len(few)


def test_the_panel_costs_the_same_however_many_offers(case) -> None:
    from django.test import RequestFactory

    from appeals.offers import panel

    request = RequestFactory().get("/")
    request.user = case.agent
    case.offer()
    panel.build(case.appeal, request)
    with CaptureQueriesContext(connection) as few:
        panel.build(case.appeal, request)
    for parts in ("3", "5"):
        case.offer(case.package(parts=parts))
    with CaptureQueriesContext(connection) as more:
        assert len(panel.build(case.appeal, request)["offers"]) == 3
    assert len(more) == len(few)


def test_a_taken_up_offer_waits_on_its_page(case) -> None:
    PlanLength.objects.filter(role="agent").update(months_alone=1)
    ours = take_up(case, case.propose())
    client = signed_in(case.agent)
    url = reverse("admin:appeals_offer_change", args=[ours.pk])
    assert "Waiting for approval" in client.get(url).content.decode()
    client.post(url, {"step": "withdraw", "words": "a mistake of mine"})
    assert Offer.objects.get(pk=ours.pk).state == "withdrawn"
    assert operations.sent_before(uuid.uuid4(), case.agent) is None
    assert NOW
