"""The desk's pages of notices: who may what, and at which cost."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import notices
from accounts.models import Notice, NoticeTemplate
from accounts.notices import Kind, Text, delivering, kinds, preferences, sending
from accounts.notices.choices import State, Why
from tests.factories import make_customer, make_user, seen_on

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)
TEXT = {"en": Text("News for {{ name }}", "{{ x }}"), "zh-hans": Text("{{ name }}", "{{ x }}")}


@pytest.fixture
def kind():
    notices.register(Kind("test_news", "News", {"x": "1"}, TEXT))
    yield "test_news"
    del kinds._kinds["test_news"]


def tell(customer, key="1"):
    return notices.queue(
        customer=customer, kind="test_news", key=key, context={"x": "<i>"}, at=NOON
    )


def change(notice):
    return reverse("admin:accounts_notice_change", args=[notice.pk])


def test_the_list_costs_the_same_queries_whatever_its_length(client, kind):
    client.force_login(make_user("agent"))
    address = reverse("admin:accounts_notice_changelist")
    counts = []
    for n in (2, 30):
        for k in range(n):
            tell(make_customer(limits={}), f"{n}/{k}")
        client.get(address)
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1]


def test_a_notice_is_escaped_where_it_is_shown(client, kind):
    notice = tell(make_customer(limits={}, name="<script>alert(1)</script>", language="en"))
    delivering.deliver(now=NOON)
    client.force_login(make_user("agent"))
    page = client.get(change(notice)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page
    assert "&lt;i&gt;" in page


def test_a_letter_of_a_development_machine_is_named_on_its_page(client, kind, settings, tmp_path):
    settings.EMAIL_BACKEND = "accounts.notices.sandbox.EmailBackend"
    settings.MAIL_SANDBOX, settings.MAIL_ON = tmp_path, True
    customer = make_customer(limits={}, language="en")
    preferences.change(customer=customer, by=None, at=NOON, email="ada@example.com")
    notice = tell(customer)
    delivering.deliver(now=NOON)
    sending.send_waiting(clock=lambda: NOON)
    (letter,) = tmp_path.glob("*.eml")
    assert b"To: ada@example.com" in letter.read_bytes()
    client.force_login(make_user("agent"))
    page = client.get(change(notice)).content.decode()
    assert letter.name in page
    assert "ada@example.com" not in page


@pytest.mark.parametrize(
    ("role", "resends", "publishes"),
    [
        ("agent", False, False),
        ("risk_analyst", False, False),
        ("auditor", False, False),
        ("supervisor", True, True),
        ("administrator", True, True),
    ],
)
def test_who_sends_again_and_who_publishes(client, kind, role, resends, publishes):
    notice = tell(make_customer(limits={}))
    Notice.objects.filter(pk=notice.pk).update(state=State.FAILED, why=Why.BROKEN)
    client.force_login(make_user(role))
    assert client.get(change(notice)).status_code == 200
    assert client.post(change(notice)).status_code == (302 if resends else 403)
    notice.refresh_from_db()
    assert notice.state == (State.QUEUED if resends else State.FAILED)
    address = reverse("admin:accounts_notice_text", args=[kind, "en"])
    assert client.get(address).status_code == 200
    answer = client.post(
        address, {"subject": "New", "body": "{{ x }}", "after": "0", "step": "publish"}
    )
    assert answer.status_code == (302 if publishes else 403)
    assert NoticeTemplate.objects.count() == publishes


def test_strangers_see_no_notice(client, kind):
    notice = tell(make_customer(limits={}))
    for user in (None, make_user(""), make_user("", is_staff=False)):
        client.logout()
        if user:
            client.force_login(user)
        for address in (
            reverse("admin:accounts_notice_changelist"),
            change(notice),
            reverse("admin:accounts_noticetemplate_changelist"),
            reverse("admin:accounts_notice_text", args=[kind, "en"]),
        ):
            assert client.get(address).status_code in (302, 403)


def test_a_text_that_does_not_hold_is_refused_with_the_reason(client, kind):
    client.force_login(make_user("supervisor"))
    answer = client.post(
        reverse("admin:accounts_notice_text", args=[kind, "en"]),
        {"subject": "New", "body": "{{ y }}", "after": "0", "step": "publish"},
    )
    assert "y is unknown here" in answer.content.decode()
    assert not NoticeTemplate.objects.exists()


def test_a_text_that_somebody_else_published_meanwhile_is_not_overwritten(client, kind):
    client.force_login(make_user("supervisor"))
    address = reverse("admin:accounts_notice_text", args=[kind, "en"])
    first = {"subject": "One", "body": "{{ x }}", "after": "0", "step": "publish"}
    assert client.post(address, first).status_code == 302
    answer = client.post(address, {**first, "subject": "Two"})
    assert "was published meanwhile" in answer.content.decode()
    assert NoticeTemplate.objects.get().subject == "One"


@pytest.mark.parametrize(
    ("role", "may"),
    [("agent", True), ("supervisor", True), ("administrator", True), ("auditor", False),
     ("risk_analyst", False), ("", False)],
)  # fmt: skip
def test_staff_change_how_a_customer_is_reached_on_record(client, role, may):
    customer = make_customer(limits={})
    user = make_user(role)
    client.force_login(user)
    address = reverse("admin:accounts_contact", args=[customer.pk])
    entered = {
        "email": "ada@example.com", "channels": ["email"], "time_zone": "Europe/London",
        "contact_from": "09:00", "contact_until": "18:30",
    }  # fmt: skip
    assert client.get(address).status_code == (200 if may else 403)

    def send(**fields):
        return client.post(address, {**fields, "_seen": seen_on(client.get(address))})

    assert send(**entered).status_code == (302 if may else 403)
    kept = preferences.of(customer.pk)
    assert (kept.email or "") == ("ada@example.com" if may else "")
    if may:
        assert kept.changed_by == user
        page = client.get(address).content.decode()
        assert "a**@example.com" in page
        assert "ada@example.com" not in page
        send(**{**entered, "email": "", "contact_until": "19:00"})
        assert preferences.of(customer.pk).email == "ada@example.com"
        send(**{**entered, "email": "", "forget": "on"})
        assert not preferences.of(customer.pk).email


def test_hours_at_night_are_refused_with_the_reason(client):
    customer = make_customer(limits={})
    client.force_login(make_user("agent"))
    address = reverse("admin:accounts_contact", args=[customer.pk])
    entered = {"contact_from": "06:00", "contact_until": "23:00"}
    answer = client.post(address, {**entered, "_seen": seen_on(client.get(address))})
    assert "between 08:00 and 22:00" in answer.content.decode()
