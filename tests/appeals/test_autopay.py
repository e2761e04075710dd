"""Customers give and revoke debit mandates on their pages and by the API; staff see and revoke."""

import datetime as dt
import uuid

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access import tokens
from accounts.models import StaffAct, User
from billing.channels.layout import SAMPLE
from billing.models import Channel, Mandate, MandateEnd
from risk.desk import acts
from risk.timeline import page
from tests.factories import make_customer, make_user, open_days, start_with_limits

pytestmark = pytest.mark.django_db
TODAY = dt.date(2025, 3, 20)
CARD = "6222 0202 0000 1234"


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch):
    cache.clear()
    for module in ("views.autopay", "api.mandates"):
        monkeypatch.setattr(f"appeals.portal.{module}.book_date", lambda: TODAY)
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)


@pytest.fixture
def channel():
    return Channel.objects.create(
        code="sandbox", name="S", layout=SAMPLE, since=TODAY, debit_times=[dt.time(8)]
    )


@pytest.fixture
def customer():
    made = make_customer(dt.date(2025, 3, 1), language="en")
    User.objects.create_user(f"u{made.number}", customer=made)
    open_days(made, dt.date(2025, 3, 1), TODAY)
    return made


@pytest.fixture
def portal(customer):
    client = Client(headers={"accept-language": "en"})
    client.force_login(customer.user)
    return client


def test_a_mandate_is_given_and_revoked_on_the_customers_pages(channel, portal, customer):
    address = reverse("my:autopay")
    asked = {"line": "pay_later", "bank": "ICBC", "account": CARD}
    assert portal.post(address, asked).status_code == 200  # not agreed
    assert not Mandate.objects.exists()
    assert portal.post(address, {**asked, "agreed": "on"}).status_code == 302
    mandate = Mandate.objects.get(customer=customer)
    assert (mandate.account, mandate.via, mandate.given_on) == ("****1234", "portal", TODAY)
    assert "6222" not in repr(Mandate.objects.filter(pk=mandate.pk).values().get())
    assert "ICBC ****1234" in portal.get(address).content.decode()
    revoke = reverse("my:revoke_mandate", args=[mandate.public_id])
    assert portal.get(revoke).status_code == 405
    assert portal.post(revoke).status_code == 302
    assert MandateEnd.objects.get().by == customer.user
    assert portal.post(revoke).status_code == 302  # a second click is told, and changes nothing
    assert MandateEnd.objects.count() == 1


def test_a_number_that_is_none_is_said_and_nothing_is_kept(channel, portal):
    asked = {"line": "pay_later", "bank": "ICBC", "account": "12", "agreed": "on"}
    answer = portal.post(reverse("my:autopay"), asked)
    assert "8 to 24 digits" in answer.content.decode()
    assert not Mandate.objects.exists()


def test_without_a_channel_the_page_says_so(portal):
    assert "not offered here" in portal.get(reverse("my:autopay")).content.decode()


def test_a_token_gives_and_revokes_and_never_sees_the_number(channel, client, customer):
    _token, secret = tokens.issue(
        customer=customer, name="t", scopes=["read", "write"], days=30, at=timezone.now()
    )
    headers = {"authorization": f"Bearer {secret}"}
    address = reverse("me:mandates")
    asked = {"product": "cash_loan", "bank": "ICBC", "account": CARD}
    made = client.post(address, asked, content_type="application/json", headers=headers)
    assert made.status_code == 201
    assert made.json()["account"] == "****1234"
    assert client.get(address, headers=headers).json() == [made.json()]
    revoke = reverse("me:revoke_mandate", args=[made.json()["id"]])
    assert client.post(revoke, headers=headers).json() == []
    again = client.post(revoke, headers=headers)
    assert (again.status_code, again.json()["code"]) == (422, "refused")
    wrong = client.post(
        address, {**asked, "account": "x"}, content_type="application/json", headers=headers
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "refused")


def test_staff_revoke_it_by_an_act_and_the_timeline_tells_both(channel, portal, customer):
    start_with_limits()
    portal.post(
        reverse("my:autopay"),
        {"line": "pay_later", "bank": "ICBC", "account": CARD, "agreed": "on"},
    )
    mandate = Mandate.objects.get()
    desk = Client()
    desk.force_login(make_user("agent"))
    address = reverse("admin:accounts_customer_act", args=[customer.pk, "revoke_mandate"])
    form = {"mandate": mandate.pk, "reason": "other", "words": "asked for it by phone"}
    shown = desk.post(address, {**form, "token": uuid.uuid4(), "step": "preview"})
    found = shown.context["preview"]
    assert found is not None, shown.context["form"].errors
    assert not MandateEnd.objects.exists()  # a preview does nothing
    sent = {"token": str(shown.context["token"]), "seen": found.seen, "step": "confirm"}
    desk.post(address, {**form, **sent, "alone": "yes" if shown.context["alone"] else "no"})
    titles = [event.title for event in page(customer.pk, on=TODAY).events]
    assert "Debit mandate given: ICBC ****1234" in titles
    assert "Debit mandate ended: ICBC ****1234" in titles
    assert MandateEnd.objects.get().via == "desk"
    assert StaffAct.objects.filter(act="revoke_mandate").exists()
