"""Offers as their customer has them: read, signed, declined, made."""

import datetime as dt
import uuid

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.access import tokens
from accounts.authority import fingerprint
from appeals import operations as appeals
from appeals.models import Offer, Signature
from appeals.offers import operations
from appeals.offers.composing import from_wishes
from appeals.offers.making import last_day
from billing.models import Plan
from risk.desk import acts
from tests.appeals.cases import NOW, TODAY, decline, file, fresh, late_customer
from tests.factories import make_user, start_with_limits

pytestmark = pytest.mark.django_db

FIRST_DUE = dt.date(2026, 4, 20)


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch):
    cache.clear()
    start_with_limits()
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    for module in ("views.appeals", "views.offers", "views.pay", "api.appeals", "api.offers"):
        monkeypatch.setattr(f"appeals.portal.{module}.book_date", lambda: TODAY)


@pytest.fixture
def ada():
    customer = late_customer(language="en", name="Ada Long")
    make_user("", is_staff=False, customer=customer, username="ada")
    return customer


@pytest.fixture
def agent():
    return make_user("agent")


@pytest.fixture
def appeal(ada, agent):
    made = file(ada, kind="hardship", asks=["plan"])
    appeals.take(appeal=made, by=agent, at=NOW)
    return fresh(made)


@pytest.fixture
def offer(ada, agent, appeal):
    wishes = [{
        "kind": "repayment_plan", "bills": [f"B-{ada.number}"], "parts": "4",
        "first_due": FIRST_DUE.isoformat(),
    }]  # fmt: skip
    package = from_wishes(ada, TODAY, wishes, ["repayment_plan"]).package(agent)
    return operations.make_offer(
        appeal=appeal, package=package, words="Take your time.", replies_to=None, by=agent,
        expires_on=last_day(package, TODAY), reason="hardship", why="Seen the papers.",
        seen=fingerprint(acts.look(ada.pk)), token=uuid.uuid4(), on=TODAY, at=NOW,
    )  # fmt: skip


@pytest.fixture
def place(client, ada, appeal):
    client.force_login(ada.user)
    return reverse("my:appeal", args=[appeal.public_id])


def answer(appeal, **data):
    return reverse("my:offer_answer", args=[appeal.public_id, 1]), data


def test_an_offer_is_read_signed_and_carried_out_at_once(client, ada, appeal, offer, place):
    text = client.get(place).content.decode()
    assert "Take your time." in text
    shown = client.get(place).context["offers"][0]
    signed = {"answer": "accept", "text_hash": shown.text_hash}
    client.post(*answer(appeal, **signed))
    assert fresh(appeal).state == "negotiating"
    client.post(*answer(appeal, read="yes", **signed))
    assert fresh(appeal).state == "decided"
    assert Plan.objects.get(customer=ada).status == "kept"
    assert Signature.objects.get().by == ada.user
    after = client.get(place).content.decode()
    assert "Granted" in after
    assert "Take your time." in after


def test_another_text_than_the_one_read_is_not_signed(client, appeal, offer, place):
    client.post(*answer(appeal, answer="accept", read="yes", text_hash="0" * 64))
    assert Offer.objects.get().state == "open"
    assert "not the text that was shown" in client.get(place).content.decode()


def test_declining_leaves_the_appeal_open(client, appeal, offer, place):
    client.post(*answer(appeal, answer="decline"))
    assert Offer.objects.get().state == "declined"
    assert fresh(appeal).state == "in_review"


def test_a_customer_makes_an_offer_of_her_own_in_two_steps(client, ada, appeal, place):
    address = reverse("my:offer", args=[appeal.public_id])
    empty = client.get(address, {"kind": ["repayment_plan", "fee_waiver"]}).content.decode()
    assert "Repayment plan" in empty
    assert "Waive late fees" in empty
    assert "></textarea>" in empty
    assert 'type="date"' in empty
    wrong = client.post(address, {"show": "1", "kind": "repayment_plan"})
    assert wrong.context.get("text_hash") is None
    assert 'class="error"' in wrong.content.decode()
    entered = {
        "show": "1", "kind": "repayment_plan", "repayment_plan-0-bills": [f"B-{ada.number}"],
        "repayment_plan-0-monthly": "200", "repayment_plan-0-first_due": FIRST_DUE.isoformat(),
        "words": "I can pay 200 a month",
    }  # fmt: skip
    read = client.post(address, entered)
    assert not Offer.objects.exists()
    assert "I can pay 200 a month" in read.context["text"]
    done = client.post(address, {
        **entered, "sign": "yes", "text_hash": read.context["text_hash"],
    })  # fmt: skip
    assert done["Location"] == place
    made = Offer.objects.get()
    assert (made.side, made.state) == ("customer", "open")
    assert made.signatures.count() == 1
    client.post(*answer(appeal, answer="withdraw"))
    assert Offer.objects.get().state == "withdrawn"


def test_a_question_is_answered_with_words_and_a_file(client, ada, agent, appeal, place):
    appeals.ask_customer(appeal=appeal, text="Can you send the bill?", by=agent, at=NOW, on=TODAY)
    assert "We need your answer by" in client.get(place).content.decode()
    pdf = SimpleUploadedFile("bill.pdf", _pdf(), content_type="application/pdf")
    client.post(place, {"text": "Here it is.", "evidence": [pdf]})
    assert fresh(appeal).state == "in_review"
    seen = client.get(place).context["seen"]
    assert [row.text for row in seen.thread][-1] == "Here it is."
    (kept,) = seen.files
    got = client.get(reverse("my:file", args=[appeal.public_id, kept.public_id]))
    assert got.status_code == 200
    assert got["Content-Disposition"].startswith("attachment")
    assert got["X-Content-Type-Options"] == "nosniff"


def test_a_file_that_is_none_is_refused_with_its_name(client, appeal, place):
    bad = SimpleUploadedFile("bill.pdf", b"<html>", content_type="application/pdf")
    text = client.post(place, {"text": "", "evidence": [bad]}, follow=True).content.decode()
    assert "bill.pdf" in text


def test_internal_notes_are_on_no_page_of_the_customer(client, agent, appeal, place):
    appeals.add_note(appeal=appeal, text="SECRET-NOTE", by=agent, at=NOW)
    client.get(place)
    for address in (place, reverse("my:appeals")):
        assert "SECRET-NOTE" not in client.get(address).content.decode()
    answered = client.post(reverse("my:download"))
    assert b"SECRET-NOTE" not in b"".join(answered.streaming_content)


def test_what_was_declined_is_reviewed_once_by_somebody_else(
    client, agent, appeal, place, time_machine
):
    time_machine.move_to(NOW)
    decline(appeal, agent)
    assert "Not content with the decision?" in client.get(place).content.decode()
    done = client.post(
        reverse("my:reopen", args=[appeal.public_id]), {"words": "You overlooked the letter."}
    )
    assert done["Location"] != place
    assert "You overlooked the letter." in client.get(done["Location"]).content.decode()
    assert "Not content with the decision?" not in client.get(place).content.decode()


def test_the_api_signs_by_the_hash_of_the_text(client, ada, appeal, offer):
    _token, secret = tokens.issue(
        customer=ada, name="t", scopes=["read", "write"], days=30, at=timezone.now()
    )
    headers = {"authorization": f"Bearer {secret}"}
    (shown,) = client.get(reverse("me:offers", args=[appeal.public_id]), headers=headers).json()
    accept = reverse("me:accept", args=[appeal.public_id, 1])
    wrong = client.post(
        accept, {"text_hash": "x"}, content_type="application/json", headers=headers
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "refused")
    right = client.post(
        accept, {"text_hash": shown["text_hash"]}, content_type="application/json",
        headers=headers,
    )  # fmt: skip
    assert right.json()["state"] == "decided"
    assert Signature.objects.get().by is None


def _pdf() -> bytes:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (40, 40), "white").save(out, "PDF")
    return out.getvalue()
