"""A customer repays a loan early: the quote they see is what they pay, once."""

import datetime
import json
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.access import tokens
from accounts.models import User
from billing import operations as money
from billing.models import Fact, OpenBill
from tests.factories import line, make_customer, open_days

pytestmark = pytest.mark.django_db

FIRST, DRAWN = datetime.date(2026, 1, 1), datetime.date(2026, 1, 10)
TODAY = datetime.date(2026, 2, 5)


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch):
    cache.clear()
    for module in ("views.pay", "views.loans", "api.loans"):
        monkeypatch.setattr(f"appeals.portal.{module}.book_date", lambda: TODAY)


@pytest.fixture
def customer():
    customer = make_customer(FIRST)
    User.objects.create_user("ada", customer=customer)
    open_days(customer, FIRST, DRAWN)
    money.book_draw(
        line=line(customer, "cash_loan"), amount=Decimal(3000), instalments=3, on=DRAWN,
        number="D1",
    )  # fmt: skip
    open_days(customer, DRAWN + datetime.timedelta(days=1), TODAY)
    return customer


def test_the_whole_is_quoted_and_paid_through_the_sandbox_once(client, customer):
    client.force_login(customer.user)
    page = client.get(reverse("my:loans")).content.decode()
    assert reverse("my:repay_early", args=["D1"]) in page
    address = reverse("my:repay_early", args=["D1"])
    # 2,000 come forward without interest; D1/1 owes 1,037.20 less 4.00 given back
    shown = client.get(address).content.decode()
    assert "3,033.20" in shown
    assert "4.00" in shown
    sent = client.post(address, {"amount": ""})
    assert sent.status_code == 302
    for _twice in range(2):
        paid = client.post(sent["Location"], {"answer": "pay"})
        assert paid.status_code == 302
    assert client.get(paid["Location"]).status_code == 200
    assert Fact.objects.filter(kind="settle").count() == 1
    assert Fact.objects.get(kind="repay").amount == Decimal("3033.20")
    assert not OpenBill.objects.exists()
    assert client.get(address).status_code == 404


def test_a_part_is_quoted_and_too_much_is_said(client, customer):
    client.force_login(customer.user)
    address = reverse("my:repay_early", args=["D1"])
    shown = client.get(address, {"amount": "500"}).content.decode()
    assert "1,500.00" in shown  # left
    wrong = client.get(address, {"amount": "2000.01"}).content.decode()
    assert "between 0.01 and 2000.00" in wrong
    assert client.get(address, {"amount": "much"}).status_code == 200
    assert not Fact.objects.filter(kind="settle").exists()


def test_what_was_quoted_before_something_else_happened_is_not_taken(client, customer):
    client.force_login(customer.user)
    sent = client.post(reverse("my:repay_early", args=["D1"]), {"amount": ""})
    money.book_repayment(line=line(customer, "cash_loan"), amount=Decimal(100), on=TODAY)
    refused = client.post(sent["Location"], {"answer": "pay"})
    assert "ask for a new quote" in refused.content.decode()
    assert not Fact.objects.filter(kind="settle").exists()


def test_the_api_quotes_and_settles_once(client, customer):
    _token, secret = tokens.issue(
        customer=customer, name="m", scopes=("read", "write"), days=30, at=timezone.now()
    )
    headers = {"authorization": f"Bearer {secret}", "idempotency-key": "settle-0001"}
    (loan,) = client.get(reverse("me:loans"), headers=headers).json()
    assert (loan["loan"], loan["not_billed"]) == ("D1", "2000.00")
    quote = client.get(reverse("me:loan_quote"), {"loan": "D1"}, headers=headers).json()
    assert (quote["total"], quote["given_back"], quote["left"]) == ("3033.20", "4.00", "0.00")
    body = json.dumps({"loan": "D1", "total": quote["total"]})
    codes = [
        client.post(
            reverse("me:settlements"), body, content_type="application/json", headers=headers
        ).status_code
        for _twice in range(2)
    ]
    assert codes == [201, 200]
    assert Fact.objects.filter(kind="settle").count() == 1
