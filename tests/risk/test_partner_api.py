"""The partner API: who may what, each write once, refusals with codes, and what it books."""

import datetime
import json
import threading
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from accounts.partner import once, tokens
from accounts.partner.models import Answer, PartnerScope, ServiceAccount
from billing import operations as money
from billing.channels.layout import SAMPLE
from billing.models import Channel, Fact
from tests.factories import line, make_customer, make_user, open_days

ALL = tuple(PartnerScope.values)


def a_token(scopes=ALL, name="till"):
    account, _new = ServiceAccount.objects.get_or_create(name=name)
    _row, secret = tokens.issue(
        account=account, scopes=scopes, days=30, by=make_user("administrator"), at=timezone.now()
    )
    return secret


class Api:
    def __init__(self, secret):
        self.secret = secret

    def get(self, path):
        return Client().get(f"/api/v1/{path}", headers=self._auth())

    def post(self, path, body, key=None):
        headers = {**self._auth(), "Idempotency-Key": key or uuid.uuid4().hex}
        return Client().post(
            f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers
        )

    def _auth(self):
        return {"Authorization": f"Bearer {self.secret}"} if self.secret else {}


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def customer(db, today):
    first = today - datetime.timedelta(days=40)
    customer = make_customer(first, phone="13812345678", id_number="110101199001011237")
    money.book_bill(
        line=line(customer), number=f"{customer.number}-B", principal=Decimal(1000),
        due_on=today - datetime.timedelta(days=10), on=first,
    )  # fmt: skip
    open_days(customer, first, today)
    return customer


@pytest.fixture
def api(customer):
    return Api(a_token())


def number(customer, product="pay_later"):
    return line(customer, product).number


# -- who may -----------------------------------------------------------------------------

READS = {
    "customers/": "customers:read",
    "customers/{n}/": "customers:read",
    "customers/{n}/lines/": "customers:read",
    "customers/{n}/bills/": "customers:read",
    "customers/{n}/entries/": "customers:read",
    "customers/{n}/write-offs/": "customers:read",
    "customers/{n}/episodes/": "customers:read",
    "customers/{n}/score/": "customers:read",
    "customers/{n}/points/": "customers:read",
    "customers/{n}/restrictions/": "customers:read",
    "customers/{n}/loans/": "customers:read",
    "customers/{n}/settlement-quote/": "customers:read",
    "authorizations/{u}/": "authorizations:write",
    "settlement-files/{u}/": "settlement:write",
}
WRITES = {
    "purchases/": "facts:write",
    "draws/": "facts:write",
    "repayments/": "facts:write",
    "repayments/X/reversal/": "facts:write",
    "refunds/": "facts:write",
    "payouts/": "facts:write",
    "disputes/": "facts:write",
    "settlements/": "facts:write",
    "disputes/decisions/": "facts:write",
    "authorizations/": "authorizations:write",
    "authorizations/{u}/capture/": "authorizations:write",
    "authorizations/{u}/release/": "authorizations:write",
    "channels/none/settlement-files/2026-01-01/": "settlement:write",
}


def test_every_address_of_the_api_is_in_the_matrix():
    found = {
        str(pattern.pattern)
        for part in get_resolver("config.api").url_patterns
        if getattr(part, "app_name", "") == "partner"
        for pattern in part.url_patterns
    }
    assert len(found) == len({**READS, **WRITES})


@pytest.mark.parametrize("path", [*READS, *WRITES])
def test_each_address_takes_its_scope_and_nothing_else(customer, path):
    scope = {**READS, **WRITES}[path]
    address = path.format(n=customer.number, u=uuid.uuid4())
    ask = "get" if path in READS else "post"
    others = [s for s in ALL if s != scope]

    def status(secret):
        api = Api(secret)
        return (api.get(address) if ask == "get" else api.post(address, {})).status_code

    assert status("") == 401
    assert status("fl_svc_" + "x" * 40) == 401
    assert status(a_token(others, "others")) == 403
    assert status(a_token([scope], "right")) not in (401, 403, 500)


def test_a_revoked_token_or_one_of_an_inactive_account_opens_nothing(api, customer):
    assert api.get("customers/").status_code == 200
    ServiceAccount.objects.update(active=False)
    assert api.get("customers/").status_code == 401
    ServiceAccount.objects.update(active=True)
    account = ServiceAccount.objects.get()
    for token in account.tokens.all():
        tokens.revoke(token, by=make_user("administrator"), at=timezone.now())
    answer = api.get("customers/")
    assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")


def test_a_signed_in_member_of_staff_is_no_partner(customer):
    client = Client()
    client.force_login(make_user("administrator"))
    assert client.get("/api/v1/customers/").status_code == 401


# -- reading -----------------------------------------------------------------------------


def test_a_customer_is_read_without_phone_or_id_number(api, customer):
    for path in READS:
        if "{u}" in path or "quote" in path:  # one needs to be told of what
            continue
        answer = api.get(path.format(n=customer.number))
        assert answer.status_code == 200, path
        for part in ("1381234", "12345678", "110101", "19900101", "011237"):
            assert part not in answer.content.decode(), path
    lines = {row["product"]: row for row in api.get(f"customers/{customer.number}/lines/").json()}
    assert lines["pay_later"]["status"] == "suspended"
    assert lines["pay_later"]["days_past_due"] == 10
    reasons = api.get(f"customers/{customer.number}/restrictions/").json()
    assert {row["trigger"] for row in reasons} == {"own_overdue", "linked_general"}
    assert "is 10 days past due" in reasons[0]["happened"][0]


def test_pages_go_on_by_cursor(api, customer, django_assert_max_num_queries):
    first = api.get(f"customers/{customer.number}/entries/?limit=3").json()
    assert len(first["results"]) == 3
    second = Client().get(first["next"], headers=api._auth()).json()
    ids = [row["id"] for row in [*first["results"], *second["results"]]]
    assert len(set(ids)) == len(ids)
    with django_assert_max_num_queries(8):
        api.get(f"customers/{customer.number}/bills/")


# -- writing -----------------------------------------------------------------------------


def test_facts_are_booked_with_their_consequences(api, customer, today):
    answer = api.post(
        "repayments/", {"number": "PAY-1", "line": number(customer), "amount": "1005.00"}
    )
    assert answer.status_code == 201
    assert answer.json()["booked_on"] == today.isoformat()
    lines = api.get(f"customers/{customer.number}/lines/").json()
    assert {row["status"] for row in lines} == {"active"}
    answer = api.post("repayments/PAY-1/reversal/", {"reason": "bounced"})
    assert answer.status_code == 201
    lines = api.get(f"customers/{customer.number}/lines/").json()
    assert "suspended" in {row["status"] for row in lines}
    for path, body in {
        "purchases/": {"number": "S-1", "line": number(customer), "amount": "9.90"},
        "draws/": {"number": "D-1", "line": number(customer, "cash_loan"), "amount": "600.00",
                   "instalments": 3},
        "refunds/": {"bill": f"{customer.number}-B", "amount": "20.00"},
        "disputes/": {"bill": f"{customer.number}-B", "amount": "80.00"},
        "disputes/decisions/": {"bill": f"{customer.number}-B", "outcome": "customer"},
    }.items():  # fmt: skip
        assert api.post(path, body).status_code == 201, path


def test_a_credit_balance_is_paid_out_once_and_no_further_than_it_goes(api, customer):
    assert api.post(
        "repayments/", {"number": "PAY-1", "line": number(customer), "amount": "1105.00"}
    ).status_code == 201  # fmt: skip
    body = {"number": "OUT-1", "line": number(customer), "amount": "60.00"}
    first, again = api.post("payouts/", body, "key-0007"), api.post("payouts/", body, "key-0007")
    assert (first.status_code, first.json()) == (201, again.json())
    assert (first.json()["kind"], first.json()["amount"]) == ("payout", "60.00")
    line_of = api.get(f"customers/{customer.number}/lines/").json()
    assert {row["credit_balance"] for row in line_of} == {"40.00", "0.00"}
    for change in ({"number": "OUT-2"}, {"amount": "1.00"}, {"number": "OUT-3", "amount": "0.00"}):
        refused = api.post("payouts/", {**body, **change})
        assert (refused.status_code, refused.json()["code"]) == (422, "refused"), change


def test_what_was_written_off_is_read_with_what_is_still_owed(api, customer, today):
    assert api.get(f"customers/{customer.number}/write-offs/").json()["results"] == []
    money.write_off(line=line(customer), on=today)
    api.post("repayments/", {"number": "PAY-1", "line": number(customer), "amount": "5.00"})
    (row,) = api.get(f"customers/{customer.number}/write-offs/").json()["results"]
    assert row == {
        "bill": f"{customer.number}-B", "line": number(customer),
        "written_off_on": today.isoformat(), "amount": "1005.00", "owed": "1000.00",
    }  # fmt: skip
    (bill,) = api.get(f"customers/{customer.number}/bills/").json()["results"]
    assert (bill["written_off_on"], bill["outstanding"]) == (today.isoformat(), "1000.00")
    kinds = api.get(f"customers/{customer.number}/entries/").json()["results"]
    assert ("recovered", "books", "5.00") in {
        (entry["kind"], entry["component"], entry["amount"]) for entry in kinds
    }


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"amount": "1e5"}, 400, "invalid"),
        ({"amount": 12.5}, 400, "invalid"),
        ({"amount": "１２.00"}, 400, "invalid"),
        ({"amount": "-1.00"}, 400, "invalid"),
        ({"number": ""}, 400, "invalid"),
        ({"number": "x" * 81}, 400, "invalid"),
        ({"line": "NOBODY/pay_later"}, 422, "line-not-found"),
        ({"value_on": "2025-02-30"}, 400, "invalid"),
        ({"value_on": "2999-01-01"}, 422, "refused"),
    ],
)
def test_what_does_not_hold_is_refused_with_a_code_and_books_nothing(
    api, customer, change, status, code
):
    body = {"number": "P-9", "line": number(customer), "amount": "5.00", **change}
    answer = api.post("repayments/", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert not Fact.objects.filter(kind="repay").exists()


# -- once --------------------------------------------------------------------------------


def test_the_same_key_and_body_is_answered_the_same(api, customer):
    body = {"number": "P-1", "line": number(customer), "amount": "5.00"}
    first, again = (
        api.post("repayments/", body, "key-0001"),
        api.post("repayments/", body, "key-0001"),
    )
    assert first.json() == again.json()
    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotent-Replayed"] == "true"
    other = api.post("repayments/", {**body, "amount": "6.00"}, "key-0001")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert Fact.objects.filter(kind="repay").count() == 1


def test_a_refusal_is_the_answer_too_and_is_kept(api, customer):
    body = {"number": "P-1", "line": "LATER/pay_later", "amount": "5.00"}
    first = api.post("repayments/", body, "key-0001")
    assert first.status_code == 422
    again = api.post("repayments/", body, "key-0001")
    assert (again.status_code, again.json()["code"]) == (422, "line-not-found")
    assert Answer.objects.count() == 1


def test_without_a_key_nothing_is_written(api, customer):
    answer = api.post(
        "repayments/", {"number": "P", "line": number(customer), "amount": "5.00"}, "short"
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")


def test_keys_of_two_accounts_are_two(customer):
    body = {"number": "P-1", "line": number(customer), "amount": "5.00"}
    one, two = Api(a_token(name="one")), Api(a_token(name="two"))
    assert one.post("repayments/", body, "key-0001").status_code == 201
    assert two.post("repayments/", body, "key-0001").status_code == 422  # the number is taken


def test_answers_are_forgotten_after_thirty_days(api, customer):
    api.post("repayments/", {"number": "P", "line": number(customer), "amount": "5.00"})
    assert once.forget(at=timezone.now() + datetime.timedelta(days=29)) == 0
    assert once.forget(at=timezone.now() + datetime.timedelta(days=31)) == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_repeats_at_once_book_once(clean_book, today):
    first = today - datetime.timedelta(days=5)
    customer = make_customer(first)
    open_days(customer, first, today)
    api = Api(a_token())
    body = {"number": "P-1", "line": number(customer), "amount": "5.00"}
    barrier, found = threading.Barrier(10), []

    def repeat():
        try:
            barrier.wait()
            for _n in range(5):
                found.append(api.post("repayments/", body, "key-0001"))  # noqa: PERF401
        finally:
            connection.close()

    threads = [threading.Thread(target=repeat) for _n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in found} <= {201, 409}
    booked = [answer.json() for answer in found if answer.status_code == 201]
    assert booked
    assert all(answer == booked[0] for answer in booked)
    assert {a.json()["code"] for a in found if a.status_code == 409} <= {
        "idempotency-key-in-flight"
    }
    assert Fact.objects.filter(kind="repay").count() == 1


# -- authorisations ----------------------------------------------------------------------


def test_an_authorisation_is_asked_captured_and_released(api, customer):
    def ask(reference, amount, product="cash_loan", **more):
        kind = "draw" if product == "cash_loan" else "purchase"
        more = {"instalments": 3, **more} if kind == "draw" else more
        return api.post("authorizations/", {
            "reference": reference, "line": number(customer, product), "kind": kind,
            "amount": amount, **more,
        })  # fmt: skip

    declined = ask("A-1", "10.00", "pay_later").json()
    assert declined["status"] == "declined"
    assert declined["reasons"] == ["line_suspended", "restricted:own_overdue"]
    given = ask("A-2", "6000.00").json()
    assert given["status"] == "approved"
    assert ask("A-2", "6000.00").json()["id"] == given["id"]
    assert ask("A-2", "6001.00").json()["code"] == "reference-reused"
    assert ask("A-3", "4000.01").json()["reasons"] == ["over_limit", "restricted:linked_general"]
    captured = api.post(f"authorizations/{given['id']}/capture/", {"amount": "5000.00"})
    assert (captured.status_code, captured.json()["captured"]) == (200, "5000.00")
    assert api.post(f"authorizations/{given['id']}/release/", {}).json()["code"] == "not-open"
    other = ask("A-4", "100.00").json()
    assert api.post(f"authorizations/{other['id']}/release/", {}).json()["status"] == "released"
    assert api.get(f"authorizations/{other['id']}/").json()["status"] == "released"
    assert api.get(f"authorizations/{uuid.uuid4()}/").status_code == 404


# -- settlement --------------------------------------------------------------------------


def test_a_settlement_file_is_sent_once(api, customer, today):
    Channel.objects.create(code="sandbox", name="S", layout=SAMPLE, since=today)
    text = f"trade_no,type,amount,paid_on,account\np1,PAY,5.00,{today},{number(customer)}\n"

    def send(key, day=today):
        return Client().post(
            f"/api/v1/channels/sandbox/settlement-files/{day}/", text, content_type="text/csv",
            headers={**api._auth(), "Idempotency-Key": key},
        )  # fmt: skip

    first = send("file-0001")
    assert (first.status_code, first.json()["lines"]) == (201, 1)
    assert send("file-0001").json() == first.json()
    assert send("file-0002").json()["code"] == "file-known"
    assert api.get(f"settlement-files/{first.json()['id']}/").json()["state"] == "received"


def test_limits_are_told_and_kept(customer):
    api = Api(a_token())
    ServiceAccount.objects.update(reads_a_minute=2)
    answers = [api.get("customers/") for _n in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert answers[0]["RateLimit-Limit"] == "2"
    assert "Retry-After" in answers[2]
    assert answers[2].json()["code"] == "too-many-requests"


# -- early settlement --------------------------------------------------------------------


def test_a_loan_is_quoted_and_settled_once(customer, api, today):
    loan = number(customer, "cash_loan")
    api.post("draws/", {"number": "L-1", "line": loan, "amount": "3000.00", "instalments": 3})
    (row,) = api.get(f"customers/{customer.number}/loans/").json()
    assert (row["loan"], row["not_billed"], row["instalments_left"]) == ("L-1", "3000.00", 3)
    address = f"customers/{customer.number}/settlement-quote/?loan=L-1"
    quote = api.get(address).json()
    assert (quote["figures"]["total"], quote["figures"]["interest"]) == ("3000.00", "0.00")
    assert quote["valid_until"] == today.isoformat()
    part = api.get(f"{address}&amount=100.00").json()
    assert (part["figures"]["principal"], part["figures"]["left"]) == ("100.00", "2900.00")
    assert api.get(f"{address}&amount=3000.01").json()["code"] == "refused"
    unknown = api.get(f"customers/{customer.number}/settlement-quote/?loan=L-2")
    assert unknown.json()["code"] == "refused"
    body = {"line": loan, "loan": "L-1", "total": "2999.00", "paid": True}
    assert api.post("settlements/", body).json()["code"] == "refused"
    body["total"] = quote["figures"]["total"]
    first = api.post("settlements/", body, key="settle-0001")
    assert first.status_code == 201
    assert first.json()["repayment"]["amount"] == "3000.00"
    assert api.post("settlements/", body, key="settle-0001").json() == first.json()
    assert Fact.objects.filter(kind="settle").count() == 1
    assert api.post("settlements/", body).json()["code"] == "refused"  # nothing is left
    assert api.get(f"customers/{customer.number}/loans/").json() == []
