"""Signed notices: only the channel's own, only now, each once."""

import datetime
import json
import time
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from billing.channels.door import sign
from billing.channels.layout import SAMPLE
from billing.models import Channel, ChannelNotice, Fact
from tests.factories import line, make_customer

pytestmark = pytest.mark.django_db
SECRET, OLD = "a-long-secret-of-the-channel", "the-secret-before-this-one"
URL = "/api/v1/channels/sandbox/notices"


@pytest.fixture
def channel():
    return Channel.objects.create(
        code="sandbox", name="S", layout=SAMPLE, since=datetime.date(2020, 1, 1), secret=SECRET,
        secret_before=OLD,
    )  # fmt: skip


def body(**change):
    customer = make_customer()
    return {
        "event_id": "e1", "kind": "payment", "payment_id": "p1", "amount": "12.50",
        "value_on": "2025-02-03", "account": line(customer).number, **change,
    }  # fmt: skip


def post(document, *, secret=SECRET, at=None, raw=None):
    content = raw if raw is not None else json.dumps(document).encode()
    return Client().post(
        URL, content, content_type="application/json",
        headers={"Fairline-Signature": sign(secret, int(at or time.time()), content)},
    )  # fmt: skip


@pytest.mark.parametrize("secret", [SECRET, OLD])
def test_a_signed_notice_is_booked(channel, secret):
    answer = post(body(), secret=secret)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "booked")
    assert Fact.objects.get(number="sandbox:p1").amount == Decimal("12.50")


def test_the_same_notice_again_is_the_same_answer(channel):
    document = body()
    assert post(document).json() == post(document).json()
    assert ChannelNotice.objects.count() == 1


def test_another_content_under_the_same_event_is_refused(channel):
    document = body()
    post(document)
    answer = post({**document, "amount": "13.00"})
    assert (answer.status_code, answer.json()["code"]) == (422, "event_id_reused")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("seconds", [-301, 301, -86400])
def test_a_signature_of_another_time_is_refused(channel, seconds):
    with time_machine.travel(datetime.datetime.now(datetime.UTC), tick=False):
        assert post(body(), at=time.time() + seconds).status_code == 401


def test_a_wrong_or_missing_signature_or_channel_is_refused_alike(channel):
    wrong = post(body(), secret="somebody-else")
    missing = Client().post(URL, b"{}", content_type="application/json")
    nowhere = Client().post("/api/v1/channels/none/notices", b"{}", content_type="application/json")
    assert [a.status_code for a in (wrong, missing, nowhere)] == [401, 401, 401]
    assert wrong.content == missing.content == nowhere.content
    channel.active = False
    channel.save()
    assert post(body()).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "gift"}, {"event_id": ""}, {"payment_id": "x" * 65}, {"amount": 12.5},
        {"amount": "1e5"}, {"amount": "0"}, {"amount": "１２"}, {"value_on": "2025-02-30"},
        {"value_on": None}, {"amount": "NaN"},
    ],
)  # fmt: skip
def test_a_notice_that_makes_no_sense_is_refused_and_nothing_kept(channel, change):
    answer = post(body(**change))
    assert (answer.status_code, answer.json()["code"]) == (400, "notice_refused")
    assert not ChannelNotice.objects.exists()


@pytest.mark.parametrize("raw", [b"[]", b"{", b"\xff", b"[" * 5000, b"null"])
def test_a_body_that_is_no_object_is_refused(channel, raw):
    assert post(None, raw=raw).status_code == 400


def test_the_secret_is_not_in_the_clear_in_the_database(channel):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select secret from billing_channel")
        assert SECRET not in str(cursor.fetchone()[0])
