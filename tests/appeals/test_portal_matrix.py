"""Every address of the customer's side × owner, other customer, staff, nobody.

The rows are written out: an address that has none fails the first test.
"""

import datetime
import uuid
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from accounts.access import tokens
from accounts.models import Notice, User
from appeals import operations
from appeals.models import Evidence, Letter
from appeals.portal import urls as portal
from appeals.portal.api import urls as me
from billing import operations as money
from billing import payments
from billing.models import Channel, Mandate, MandateEnd
from tests.factories import line, make_customer, make_user, open_days

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2025, 3, 20)
AT = datetime.datetime(2025, 3, 20, 4, tzinfo=datetime.UTC)
SIGN_IN = 302


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch):
    cache.clear()
    for module in (
        "views.pay", "views.loans", "views.rules", "views.appeals", "views.offers",
        "views.autopay", "api.mandates", "api.money", "api.loans", "api.appeals", "api.offers",
    ):  # fmt: skip
        monkeypatch.setattr(f"appeals.portal.{module}.book_date", lambda: TODAY)


@pytest.fixture
def world():
    """An owner with one of everything, another customer, staff, and nobody."""
    return make_world()


def make_world():
    first = datetime.date(2025, 3, 1)
    owner, other = make_customer(first, name="Owner"), make_customer(first, name="Other")
    for customer in (owner, other):
        User.objects.create_user(f"u{customer.number}", customer=customer)
        money.book_bill(
            line=line(customer), number=f"B-{customer.number}", principal=Decimal(1000),
            due_on=datetime.date(2025, 3, 10), on=first,
        )  # fmt: skip
        open_days(customer, first, TODAY)
    paid = money.book_repayment(
        line=line(owner), amount=Decimal(5), number="R-1", on=TODAY
    )  # fmt: skip
    money.book_draw(
        line=line(owner, "cash_loan"), amount=Decimal(300), instalments=3, on=TODAY,
        number="LOAN-M",
    )  # fmt: skip
    appeal = operations.submit(
        customer=owner, kind="hardship", words="I was ill.", asks=["plan"], by=owner.user,
        at=AT, on=TODAY,
    )  # fmt: skip
    notice = Notice.objects.create(
        customer=owner, kind="k", key="1", on=TODAY, state="sent", sent_at=AT, subject="S",
        body="B", language="en",
    )  # fmt: skip
    token, _secret = tokens.issue(customer=owner, name="t", scopes=["read"], days=30, at=AT)
    channel = Channel.objects.create(
        code="sandbox", name="S", layout={}, since=first, debit_times=[datetime.time(8)]
    )
    mandate = Mandate.objects.create(
        customer=owner, line=line(owner), channel=channel, bank="ICBC", account="****1234",
        token="t", given_on=TODAY, given_at=AT, via="portal",
    )  # fmt: skip
    slip = payments.prepare(line=line(owner), amount=Decimal(7), number="PAY-M").sign()
    return {
        "owner": owner,
        "other": other,
        "staff": make_user("supervisor"),
        "bill": f"B-{owner.number}",
        "payment": paid.number,
        "loan": "LOAN-M",
        "appeal": appeal.public_id,
        "notice": notice.public_id,
        "token": token.public_id,
        "mandate": mandate.public_id,
        "slip": slip,
        "unknown": uuid.uuid4(),
    }


# name: (method, arguments, owner, other customer) — staff and nobody are sent to the sign-in
PAGES = {
    "overview": ("get", {}, 200, 200),
    "score": ("get", {}, 200, 200),
    "past": ("get", {}, 200, 200),
    "bills": ("get", {}, 200, 200),
    "bill": ("get", {"number": "bill"}, 200, 404),
    "loans": ("get", {}, 200, 200),
    "repay_early": ("get", {"number": "loan"}, 200, 404),
    "pay": ("get", {}, 200, 200),
    "sandbox": ("post", {"slip": "slip"}, 302, 404),
    "payments": ("get", {}, 200, 200),
    "receipt": ("get", {"number": "payment"}, 200, 404),
    "forecast": ("get", {}, 200, 200),
    "autopay": ("get", {}, 200, 200),
    "revoke_mandate": ("post", {"public_id": "mandate"}, 302, 404),
    "appeals": ("get", {}, 200, 200),
    "new_appeal": ("get", {}, 200, 200),
    "appeal": ("get", {"public_id": "appeal"}, 200, 404),
    "withdraw": ("post", {"public_id": "appeal"}, 302, 404),
    "reopen": ("post", {"public_id": "appeal"}, 302, 404),
    "letter": ("get", {"public_id": "appeal"}, 404, 404),
    "file": ("get", {"public_id": "appeal", "file_id": "unknown"}, 404, 404),
    "offer": ("get", {"public_id": "appeal"}, 404, 404),
    "offer_answer": ("post", {"public_id": "appeal", "number": 1}, 404, 404),
    "notices": ("get", {}, 200, 200),
    "read_all": ("post", {}, 302, 302),
    "notice": ("get", {"public_id": "notice"}, 200, 404),
    "settings": ("get", {}, 200, 200),
    "password": ("get", {}, 200, 200),
    "security": ("get", {}, 200, 200),
    "end_sessions": ("post", {}, 302, 302),
    "set_up_factor": ("get", {}, 200, 200),
    "remove_factor": ("get", {}, 302, 302),
    "new_codes": ("get", {}, 302, 302),
    "new_token": ("get", {}, 200, 200),
    "revoke_token": ("post", {"public_id": "token"}, 302, 302),
    "data": ("get", {}, 200, 200),
    "download": ("post", {}, 200, 200),
}
# for everybody: name: (customers, others)
OPEN = {
    "login": (302, 200),
    "login_code": (302, 200),
    "enter_code": (302, 302),
    "second_factor": (302, 302),
    "logout": (405, 405),
    "rules": (200, 200),
}
# name: (method, arguments, body, owner, other customer, with a token that only reads)
ADDRESSES = {
    "me": ("get", {}, None, 200, 200, 200),
    "lines": ("get", {}, None, 200, 200, 200),
    "restrictions": ("get", {}, None, 200, 200, 200),
    "bills": ("get", {}, None, 200, 200, 200),
    "entries": ("get", {}, None, 200, 200, 200),
    "repayments": ("post", {}, {"product": "pay_later", "amount": "1.00"}, 201, 201, 403),
    "loans": ("get", {}, None, 200, 200, 200),
    "loan_quote": ("get", {}, None, 400, 400, 400),
    "settlements": ("post", {}, {"loan": "LOAN-M", "total": "300.00"}, 201, 422, 403),
    "plans": ("get", {}, None, 200, 200, 200),
    "mandates": (
        "post",
        {},
        {"product": "cash_loan", "bank": "B", "account": "6222020200001234"},
        201,
        201,
        403,
    ),
    "revoke_mandate": ("post", {"id": "mandate"}, None, 200, 404, 403),
    "score": ("get", {}, None, 200, 200, 200),
    "notices": ("get", {}, None, 200, 200, 200),
    "notice_read": ("post", {"id": "notice"}, None, 200, 404, 403),
    "forecast": ("post", {}, {"choice": "nothing"}, 200, 200, 200),
    "appeals": ("post", {}, {"kind": "complaint", "words": "W", "asks": ["other"]}, 201, 201, 403),
    "subjects": ("get", {}, None, 200, 200, 200),
    "appeal": ("get", {"id": "appeal"}, None, 200, 404, 200),
    "messages": ("post", {"id": "appeal"}, {"text": "Hello"}, 201, 404, 403),
    "evidence": ("post", {"id": "appeal"}, None, 415, 404, 403),
    "file": ("get", {"id": "appeal", "file": "unknown"}, None, 404, 404, 404),
    "withdraw": ("post", {"id": "appeal"}, None, 200, 404, 403),
    "review": ("post", {"id": "appeal"}, {"words": "W"}, 422, 404, 403),
    "letter": ("get", {"id": "appeal"}, None, 404, 404, 404),
    "offers": ("get", {"id": "appeal"}, None, 200, 404, 200),
    "accept": ("post", {"id": "appeal", "n": 1}, {"text_hash": "x"}, 404, 404, 403),
    "decline": ("post", {"id": "appeal", "n": 1}, {}, 404, 404, 403),
    "take_back": ("post", {"id": "appeal", "n": 1}, None, 404, 404, 403),
    "preferences": ("patch", {}, {"contact_until": "20:00"}, 200, 200, 403),
    "export": ("post", {}, None, 200, 200, 403),
}


def test_every_address_has_its_row():
    assert {p.name for p in portal.urlpatterns} == PAGES.keys() | OPEN.keys()
    assert {p.name for p in me.urlpatterns} == ADDRESSES.keys()
    prefixes = {str(p.pattern) for p in get_resolver().url_patterns}
    assert {"my/", "api/v1/"} <= prefixes


def filled(world, arguments):
    return {key: world.get(value, value) for key, value in arguments.items()}


def signed_in(user):
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def status(answer):
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer.status_code


def test_pages_show_a_customer_their_own_rows_and_nobody_elses(world):
    wrong = []
    for who, user, place in (
        ("other", world["other"].user, 3),
        ("staff", world["staff"], None),
        ("nobody", None, None),
        ("owner", world["owner"].user, 2),
    ):
        client = signed_in(user)
        for name, row in PAGES.items():
            address = reverse(f"my:{name}", kwargs=filled(world, row[1]))
            got = getattr(client, row[0])(address)
            expected = row[place] if place else SIGN_IN
            if status(got) != expected:
                wrong.append((who, name, got.status_code, expected))
            if place is None and not got["Location"].startswith(reverse("my:login")):
                wrong.append((who, name, got["Location"]))
        for name, (customers, others) in OPEN.items():
            if name in ("logout",) and place:
                continue
            got = client.get(reverse(f"my:{name}"))
            if got.status_code != (customers if place else others):
                wrong.append((who, name, got.status_code))
    assert wrong == []


def test_the_other_customer_changed_nothing(world):
    client = signed_in(world["other"].user)
    for name, row in PAGES.items():
        if row[0] == "post" and name not in ("download", "read_all"):
            client.post(reverse(f"my:{name}", kwargs=filled(world, row[1])))
    assert not MandateEnd.objects.exists()
    mine = tokens.open_tokens(world["owner"], AT).get()
    assert mine.public_id == world["token"]
    appeal = world["owner"].appeals.get()
    assert appeal.state == "submitted"
    assert not Evidence.objects.exists()
    assert not Letter.objects.exists()


def test_the_api_gives_a_token_its_customers_rows_and_nobody_elses(world):
    def bearer(customer, *scopes):
        _token, secret = tokens.issue(
            customer=customer, name="m", scopes=scopes, days=30, at=timezone.now()
        )
        return {"authorization": f"Bearer {secret}"}

    callers = (
        ("other", bearer(world["other"], "read", "write"), 4),
        ("reads", bearer(world["owner"], "read"), 5),
        ("owner", bearer(world["owner"], "read", "write"), 3),
    )
    wrong = []
    for who, headers, place in callers:
        for name, row in ADDRESSES.items():
            got = call(Client(), world, name, row, {**headers, "idempotency-key": f"{who}-12345"})
            if status(got) != row[place]:
                wrong.append((who, name, got.status_code, row[place]))
    for who, client in (
        ("nobody", Client()),
        ("a session", signed_in(world["owner"].user)),
        ("staff", signed_in(world["staff"])),
    ):
        for name, row in ADDRESSES.items():
            got = call(client, world, name, row, {})
            if got.status_code != 401 or got["WWW-Authenticate"] != "Bearer":
                wrong.append((who, name, got.status_code))
    assert wrong == []


def call(client, world, name, row, headers):
    address = reverse(f"me:{name}", kwargs=filled(world, row[1]))
    return getattr(client, row[0])(
        address,
        **({} if row[0] == "get" else {"data": row[2], "content_type": "application/json"}),
        headers=headers,
    )
