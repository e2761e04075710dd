"""The customer's API: exact, in one form, described as it is."""

import datetime
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.access import tokens
from billing import operations as money
from billing.models import Fact
from tests.factories import line, make_customer, open_days

pytestmark = pytest.mark.django_db

FIRST = datetime.date(2025, 3, 1)
TODAY = datetime.date(2025, 3, 20)


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch):
    cache.clear()
    for module in ("money", "appeals", "offers"):
        monkeypatch.setattr(f"appeals.portal.api.{module}.book_date", lambda: TODAY)


@pytest.fixture
def customer():
    customer = make_customer(FIRST, name="Ada Long", phone="13812345678", language="en")
    for n in range(1, 4):
        money.book_bill(
            line=line(customer), number=f"B-{n}", principal=Decimal(100),
            due_on=datetime.date(2025, 3, 9 + n), on=FIRST,
        )  # fmt: skip
    open_days(customer, FIRST, TODAY)
    return customer


@pytest.fixture
def api(client, customer):
    _token, secret = tokens.issue(
        customer=customer, name="t", scopes=["read", "write"], days=30, at=timezone.now()
    )

    def call(method, name, data=None, **extra):
        headers = {"authorization": f"Bearer {secret}", **extra.pop("headers", {})}
        address = reverse(f"me:{name}", kwargs=extra)
        if method == "get":
            return client.get(address, data, headers=headers)
        return getattr(client, method)(
            address, data, content_type="application/json", headers=headers
        )

    return call


def test_amounts_are_text_and_the_phone_is_masked(api):
    assert api("get", "me").json()["phone"] == "138****5678"
    lines = api("get", "lines").json()
    assert lines["lines"][0]["effective_limit"] == "0.00"
    assert lines["today"]["what"].startswith("Pay 301.")


def test_a_reason_has_a_code_words_and_the_earliest_day(api):
    first = api("get", "restrictions").json()[0]
    assert first["reason_code"] == "own-overdue"
    assert first["happened"][0].startswith("Pay-later line: bill B-1 was due on 10 Mar 2025")
    assert first["earliest_on"] == "2025-03-20"
    assert first["rule_words"].startswith("Rule “own_overdue” of the policy “contract”")


def test_pages_go_on_by_cursor(api, client):
    first = api("get", "bills", {"limit": 2}).json()
    assert [row["number"] for row in first["results"]] == ["B-3", "B-2"]
    cursor = first["next"].split("cursor=")[1].split("&")[0]
    from urllib.parse import unquote

    second = api("get", "bills", {"limit": 2, "cursor": unquote(cursor)}).json()
    assert [row["number"] for row in second["results"]] == ["B-1"]
    assert second["next"] is None


def test_the_same_key_pays_once_and_another_amount_is_refused(api, customer):
    key = {"idempotency-key": "a-key-of-mine"}
    asked = {"product": "pay_later", "amount": "10.50"}
    codes = [api("post", "repayments", asked, headers=key).status_code for _n in range(2)]
    assert codes == [201, 200]
    assert Fact.objects.filter(customer=customer, kind="repay").count() == 1
    other = api("post", "repayments", {**asked, "amount": "11"}, headers=key)
    assert other.status_code == 422
    assert other.json()["code"] == "refused"


@pytest.mark.parametrize("amount", [10.5, 10, "1e3", "-1", "１０", "0.001", None, ["1"], "1" * 13])
def test_an_amount_in_another_form_is_a_problem_that_names_the_field(api, amount):
    answer = api(
        "post", "repayments", {"product": "pay_later", "amount": amount},
        headers={"idempotency-key": "a-key-of-mine"},
    )  # fmt: skip
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid"
    assert answer.json()["errors"][0]["field"] == "amount"


def test_problems_have_one_form(api, client):
    answers = {
        "not-authenticated": client.get(reverse("me:me")),
        "not-found": api("post", "notice_read", id="00000000-0000-4000-8000-000000000000"),
        "method-not-allowed": api("put", "me", {}),
        "malformed": api("post", "forecast", "{"),
        "invalid": api("post", "forecast", {"choice": "?"}),
    }
    for code, answer in answers.items():
        body = answer.json()
        assert (body["code"], body["status"]) == (code, answer.status_code)
        assert body["type"] == f"urn:fairline:problem:{code}"
        assert answer["Content-Type"] == "application/problem+json"
        assert "no-store" in answer["Cache-Control"]


def test_limits_are_told_and_kept(api, monkeypatch):
    from accounts.api.throttles import ByCaller

    monkeypatch.setattr(ByCaller, "rates", {"read": "2/min", "write": "2/min", "nobody": "2/min"})
    first = api("get", "me")
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1")
    api("get", "me")
    third = api("get", "me")
    assert third.status_code == 429
    assert third.json()["code"] == "too-many-requests"
    assert int(third["Retry-After"]) > 0


def test_a_forecast_says_what_comes_back_when(api):
    found = api("post", "forecast", {"choice": "overdue"}).json()
    assert len(found["days"]) == 91
    assert found["days"][0]["restrictions"] == []
    assert found["headline"] == ["Pay-later line: back at once.", "Cash loan: back at once."]


def test_preferences_change_only_what_is_named(api, customer):
    assert api("patch", "preferences", {"email": "ada@example.com"}).status_code == 200
    found = api("patch", "preferences", {"language": "zh-hans"}).json()
    assert (found["email"], found["language"]) == ("ada@example.com", "zh-hans")
    wrong = api("patch", "preferences", {"contact_from": "03:00"})
    assert wrong.json()["errors"][0]["field"] == "contact_from"


def test_an_appeal_is_filed_talked_about_and_withdrawn(api):
    about = api("get", "restrictions").json()[0]["about"]
    asked = {"kind": "appeal", "about": [about], "words": "The bank was closed.", "asks": ["lift"]}
    filed = api("post", "appeals", asked)
    assert filed.status_code == 201
    id = filed.json()["id"]
    said = api("post", "messages", {"text": "Here is more."}, id=id).json()
    assert [row["text"] for row in said["thread"]] == ["Here is more."]
    assert api("post", "withdraw", id=id).json()["state"] == "withdrawn"
    again = api("post", "withdraw", id=id)
    assert (again.status_code, again.json()["code"]) == (422, "refused")
    forged = api("post", "appeals", {**asked, "about": [about[:-1]]})
    assert forged.json()["errors"][0]["field"] == "about"


def test_the_description_is_openapi_3_1_and_names_every_address(client):
    schema = client.get(reverse("api_schema"), headers={"accept": "application/json"}).json()
    assert schema["openapi"].startswith("3.1")
    from appeals.portal.api.urls import urlpatterns

    assert len(schema["paths"]) >= len(urlpatterns)
    shapes = schema["components"]["schemas"].values()
    assert not [s for s in shapes if "erializer" in s.get("description", "")]  # the builders' words
    problem = schema["paths"]["/api/v1/me/"]["get"]["responses"]["401"]["content"]
    assert "application/problem+json" in problem
    page = client.get(reverse("api_docs"))
    assert page.status_code == 200
    assert "<style" not in page.content.decode()
    assert "unsafe" not in page["Content-Security-Policy"]
