"""Each status that the schema documents is seen: a request provokes exactly it.

What all operations share (no token, another scope, too many requests, …) is made from the schema;
what is an operation's own (that it works, that it refuses) stands in the tables. A documented
status without a request fails, and so does a table's row that nothing documents.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from accounts.access import tokens
from accounts.api.throttles import ByCaller
from accounts.partner import once
from accounts.partner.models import PartnerScope, ServiceAccount
from appeals import operations as appeals
from appeals.letters import pdf
from appeals.operations.filing import MOST_OPEN
from tests import book
from tests.config.api_world import PDF, PREFIX, World, described
from tests.factories import line, make_customer

pytestmark = pytest.mark.django_db

OTHER = PDF.replace(b"/Catalog", b"/Catalog/Lang(en)")
Body = Any
#: What a request takes beyond the address: a body, how the world is prepared, headers.
Make = Callable[[World], "Ask"]


class Ask:
    """One request: the values of its path, its query and body, the token if not the usual one."""

    def __init__(
        self, body: Body = None, *, token: str = "", key: str = "", query: str = "", **path: Any
    ) -> None:
        self.body, self.token, self.key, self.query, self.path = body, token, key, query, path


# -- that it works -----------------------------------------------------------------------


def spend(world: World, product: str, **more: Any) -> dict[str, Any]:
    return {"number": "N-1", "line": line(world.customer, product).number, "amount": "9.90", **more}


def to_sign(world: World, appeal: Any) -> dict[str, Any]:
    wishes = {"remedies": [world.plan()]}
    answer = call(world, "post", f"{PREFIX}me/appeals/{appeal.public_id}/offers/", Ask(wishes))
    return {**wishes, "text_hash": answer.json()["text_hash"]}


def fresh_case(world: World) -> Any:
    appeal = world.appeal()
    appeals.take(appeal=appeal, by=world.agent, at=world.now)
    return appeal


def signed(world: World) -> dict[str, str]:
    offered = call(world, "get", f"{PREFIX}me/appeals/{world.case.public_id}/offers/", Ask())
    return {"text_hash": offered.json()[0]["text_hash"]}


def settled(world: World, **ask: Any) -> Ask:
    """An early settlement of the loan at what its quote comes to."""
    quoted = call(world, "get", f"{PREFIX}me/loans/quote/{LOAN}", Ask())
    return Ask({"loan": "LOAN-1", "total": quoted.json()["total"]}, **ask)


def settled_before(world: World) -> Ask:
    ask = settled(world, key="a-key-of-mine")
    call(world, "post", f"{PREFIX}me/loans/settlements/", ask)
    return ask


def paid(world: World, amount: str = "1.00") -> Ask:
    ask = Ask({"product": "pay_later", "amount": amount}, key="a-key-of-mine")
    call(world, "post", f"{PREFIX}me/repayments/", Ask({**ask.body, "amount": "1.00"}, key=ask.key))
    return ask


LOAN = "?loan=LOAN-1"
ONE: Make = lambda w: Ask(number=w.number)  # noqa: E731
NONE: Make = lambda w: Ask()  # noqa: E731
CASE: Make = lambda w: Ask(id=w.case.public_id)  # noqa: E731

WORKS: dict[str, Make] = {
    "POST authorizations/ 201": lambda w: Ask(
        {"reference": "R", "line": w.lines[1], "kind": "draw", "amount": "50.00", "instalments": 3}
    ),
    "GET authorizations/{id}/ 200": lambda w: Ask(id=w.authorization.public_id),
    "POST authorizations/{id}/capture/ 200": lambda w: Ask({}, id=w.authorization.public_id),
    "POST authorizations/{id}/release/ 200": lambda w: Ask(id=w.authorization.public_id),
    "POST channels/{code}/settlement-files/{day}/ 201": lambda w: Ask(
        w.csv(), code="sandbox", day=w.today
    ),
    "GET settlement-files/{id}/ 200": lambda w: Ask(id=w.file.public_id),
    "GET customers/ 200": NONE,
    "GET customers/{number}/ 200": ONE,
    "GET customers/{number}/bills/ 200": ONE,
    "GET customers/{number}/entries/ 200": ONE,
    "GET customers/{number}/episodes/ 200": ONE,
    "GET customers/{number}/lines/ 200": ONE,
    "GET customers/{number}/loans/ 200": ONE,
    "GET customers/{number}/settlement-quote/ 200": lambda w: Ask(query=LOAN, number=w.number),
    "GET customers/{number}/points/ 200": ONE,
    "GET customers/{number}/restrictions/ 200": ONE,
    "GET customers/{number}/score/ 200": ONE,
    "GET customers/{number}/write-offs/ 200": ONE,
    "POST payouts/ 201": lambda w: Ask({"number": "OUT", "line": w.lines[1], "amount": "9.90"}),
    "POST purchases/ 201": lambda w: Ask(spend(w, "pay_later")),
    "POST draws/ 201": lambda w: Ask(spend(w, "cash_loan", instalments=3)),
    "POST repayments/ 201": lambda w: Ask(spend(w, "pay_later")),
    "POST repayments/{number}/reversal/ 201": lambda w: Ask({}, number="PAY-1"),
    "POST refunds/ 201": lambda w: Ask({"bill": w.bill, "amount": "2.00"}),
    "POST disputes/ 201": lambda w: Ask({"bill": w.bill, "amount": "2.00"}),
    "POST settlements/ 201": lambda w: Ask({"line": w.lines[1], "loan": "LOAN-1"}),
    "POST disputes/decisions/ 201": lambda w: Ask({"bill": f"{w.number}-C", "outcome": "lender"}),
    "GET me/ 200": NONE,
    "GET me/appeals/ 200": NONE,
    "POST me/appeals/ 201": lambda w: Ask({"kind": "complaint", "words": "W", "asks": ["other"]}),
    "GET me/appeals/subjects/ 200": NONE,
    "GET me/appeals/{id}/ 200": CASE,
    "POST me/appeals/{id}/evidence/ 201": lambda w: Ask(
        {"file": SimpleUploadedFile("other.pdf", OTHER, "application/pdf")},
        id=w.own_case.public_id,
    ),
    "GET me/appeals/{id}/evidence/{file}/ 200": lambda w: Ask(
        id=w.case.public_id, file=w.evidence.public_id
    ),
    "GET me/appeals/{id}/letter/ 200": lambda w: Ask(id=w.decided.public_id),
    "POST me/appeals/{id}/messages/ 201": lambda w: Ask({"text": "T"}, id=w.case.public_id),
    "GET me/appeals/{id}/offers/ 200": CASE,
    "POST me/appeals/{id}/offers/ 200": lambda w: Ask(
        {"remedies": [w.plan()]}, id=fresh_case(w).public_id
    ),
    "POST me/appeals/{id}/offers/ 201": lambda w: (
        lambda case: Ask(to_sign(w, case), id=case.public_id)
    )(fresh_case(w)),
    "POST me/appeals/{id}/offers/{n}/accept/ 200": lambda w: Ask(
        signed(w), id=w.case.public_id, n=1
    ),
    "POST me/appeals/{id}/offers/{n}/decline/ 200": lambda w: Ask({}, id=w.case.public_id, n=1),
    "POST me/appeals/{id}/offers/{n}/withdraw/ 200": lambda w: Ask(id=w.own_case.public_id, n=1),
    "POST me/appeals/{id}/review/ 201": lambda w: Ask({"words": "W"}, id=w.decided.public_id),
    "POST me/appeals/{id}/withdraw/ 200": CASE,
    "GET me/bills/ 200": NONE,
    "GET me/loans/ 200": NONE,
    "GET me/loans/quote/ 200": lambda w: Ask(query=LOAN),
    "POST me/loans/settlements/ 201": settled,
    "POST me/loans/settlements/ 200": settled_before,
    "GET me/entries/ 200": NONE,
    "POST me/export/ 200": NONE,
    "POST me/forecast/ 200": lambda w: Ask({"choice": "nothing"}),
    "GET me/lines/ 200": NONE,
    "GET me/mandates/ 200": NONE,
    "POST me/mandates/ 201": lambda w: Ask(
        {"product": "cash_loan", "bank": "ICBC", "account": "6222020200001234"}
    ),
    "POST me/mandates/{id}/revoke/ 200": lambda w: Ask(id=w.mandate.public_id),
    "GET me/notices/ 200": NONE,
    "POST me/notices/{id}/read/ 200": lambda w: Ask(id=w.notice.public_id),
    "GET me/plans/ 200": NONE,
    "GET me/preferences/ 200": NONE,
    "PATCH me/preferences/ 200": lambda w: Ask({"language": "en"}),
    "GET me/repayments/ 200": NONE,
    "POST me/repayments/ 201": lambda w: Ask(
        {"product": "pay_later", "amount": "1.00"}, key="key-0001"
    ),
    "POST me/repayments/ 200": paid,
    "GET me/restrictions/ 200": NONE,
    "GET me/score/ 200": NONE,
}

# -- that it refuses; what partners write is refused under a key of another body as well ----


def unopened(world: World) -> str:
    """A token of a customer whose first day no night has opened."""
    customer = make_customer(world.today)
    return tokens.issue(customer=customer, name="t", scopes=["read"], days=30, at=world.now)[1]


def one_too_many(world: World) -> Ask:
    while world.open_appeals() < MOST_OPEN:
        world.appeal()
    return Ask({"kind": "complaint", "words": "W", "asks": ["other"]})


def waiting_for_a_scan(world: World) -> Any:
    from django.conf import settings

    settings.EVIDENCE_SCANNER = "builtins.bool"  # asked later, by a task
    try:
        return appeals.attach(
            appeal=world.own_case, name="p.pdf", data=OTHER, by=world.customer, at=world.now
        )
    finally:
        settings.EVIDENCE_SCANNER = ""


def without_a_library(world: World) -> Ask:
    """As on a machine that lacks what makes PDFs; no request brings that about."""

    def fails(*_args: Any, **_named: Any) -> bytes:
        raise pdf.NoPdf("no library")

    world.patch.setattr(pdf, "render", fails)
    return Ask(id=world.decided.public_id)


REFUSES: dict[str, Make] = {
    "GET customers/{number}/settlement-quote/ 422": lambda w: Ask(
        query="?loan=NONE", number=w.number
    ),
    "GET me/loans/quote/ 422": lambda w: Ask(query="?loan=NONE"),
    "POST me/loans/settlements/ 422": lambda w: Ask({"loan": "LOAN-1", "total": "0.01"}),
    "GET me/appeals/{id}/letter/ 422": without_a_library,
    "POST me/appeals/ 422": one_too_many,
    "POST me/appeals/{id}/evidence/ 422": lambda w: Ask(
        {"file": SimpleUploadedFile("x.pdf", b"no PDF", "application/pdf")}, id=w.case.public_id
    ),
    "GET me/appeals/{id}/evidence/{file}/ 422": lambda w: Ask(
        id=w.own_case.public_id, file=waiting_for_a_scan(w).public_id
    ),
    "POST me/appeals/{id}/messages/ 422": lambda w: Ask({"text": "T"}, id=w.decided.public_id),
    "POST me/appeals/{id}/offers/ 422": lambda w: Ask(
        {"remedies": [w.plan()], "text_hash": "0" * 64}, id=fresh_case(w).public_id
    ),
    "POST me/appeals/{id}/offers/{n}/accept/ 422": lambda w: Ask(
        {"text_hash": "0" * 64}, id=w.case.public_id, n=1
    ),
    "POST me/appeals/{id}/offers/{n}/decline/ 422": lambda w: Ask({}, id=w.own_case.public_id, n=1),
    "POST me/appeals/{id}/offers/{n}/withdraw/ 422": lambda w: Ask(id=w.case.public_id, n=1),
    "POST me/appeals/{id}/review/ 422": lambda w: Ask({"words": "W"}, id=w.case.public_id),
    "POST me/appeals/{id}/withdraw/ 422": lambda w: Ask(id=w.decided.public_id),
    "POST me/forecast/ 422": lambda w: Ask({"choice": "nothing"}, token=unopened(w)),
    "POST me/mandates/ 422": lambda w: Ask(
        {"product": "pay_later", "bank": "ICBC", "account": "12"}
    ),
    "POST me/mandates/{id}/revoke/ 422": lambda w: Ask(id=w.revoked.public_id),
    "POST me/repayments/ 422": lambda w: paid(w, "2.00"),
}


def call(world: World, method: str, path: str, ask: Ask, **more: Any) -> Any:
    """The answer, with what was done taken back by whoever asks for it."""
    token = ask.token or world.token_of(path)
    headers = {
        "Authorization": f"Bearer {token}",
        "Idempotency-Key": ask.key or uuid.uuid4().hex,
        **more.pop("headers", {}),
    }
    body, kind = ask.body, "application/json"
    if isinstance(body, Mapping) and any(isinstance(v, SimpleUploadedFile) for v in body.values()):
        if "data" not in more:
            return Client().post(path, body, headers=headers, **more)
    elif isinstance(body, str):
        kind = "text/csv"
    elif body is not None:
        body = json.dumps(body)
    given = {"data": body or "", "content_type": kind, "headers": headers, **more}
    return Client().generic(method.upper(), path, **given)


class Operation:
    def __init__(self, method: str, path: str, document: dict[str, Any]) -> None:
        self.method, self.path, self.document = method, path, document
        self.name = f"{method.upper()} {path.removeprefix(PREFIX)}"
        self.statuses = set(document["responses"])
        self.names = {p["name"] for p in document.get("parameters", [])}
        self.bodies = list(document.get("requestBody", {}).get("content", {}))
        self.of_customers = path.startswith(f"{PREFIX}me/")
        self.works = next(
            make for name, make in WORKS.items() if name.rpartition(" ")[0] == self.name
        )

    def address(self, ask: Ask) -> str:
        return self.path.format(**{name: str(value) for name, value in ask.path.items()})

    def ask(self, world: World, ask: Ask | None = None, query: str = "", **more: Any) -> Any:
        ask = ask or self.works(world)
        return call(world, self.method, self.address(ask) + (query or ask.query), ask, **more)


def no_token(op: Operation, world: World) -> Any:
    return op.ask(world, headers={"Authorization": ""})


def other_scope(op: Operation, world: World) -> Any:
    ask = op.works(world)
    if op.of_customers:
        reads = op.method == "get" or op.path.endswith("forecast/")
        ask.token = world.customer_token("write" if reads else "read")
    else:
        of_files = "settlement-files" in op.path
        ask.token = world.partner_token(
            PartnerScope.CUSTOMERS if of_files else PartnerScope.SETTLEMENT
        )
    return op.ask(world, ask)


def not_acceptable(op: Operation, world: World) -> Any:
    return op.ask(world, headers={"Accept": "text/csv"})


def too_many(op: Operation, world: World) -> Any:
    ask = op.works(world)
    rates = ByCaller.rates
    ByCaller.rates = {"read": "0/min", "write": "0/min", "nobody": "0/min"}
    ServiceAccount.objects.update(reads_a_minute=0, writes_a_minute=0)
    try:
        return op.ask(world, ask)
    finally:
        ByCaller.rates = rates


def too_large(op: Operation, world: World) -> Any:
    return op.ask(world, CONTENT_LENGTH=str(2**40))


def other_type(op: Operation, world: World) -> Any:
    return op.ask(world, data="text", content_type="text/plain")


def invalid(op: Operation, world: World) -> Any:
    ask = op.works(world)
    if "limit" in op.names:
        return op.ask(world, ask, query="?limit=many")
    if "loan" in op.names:
        return op.ask(world, ask, query="?amount=much")
    if "ended" in op.names:
        return op.ask(world, ask, query="?ended=perhaps")
    if "application/json" in op.bodies:
        return op.ask(world, ask, data="{")
    if "multipart/form-data" in op.bodies:
        kind = "multipart/form-data; boundary=x"
        return op.ask(world, Ask(None, **ask.path), data="--x--", content_type=kind)
    return op.ask(world, ask, headers={"Idempotency-Key": "short"})


def not_there(op: Operation, world: World) -> Any:
    ask = op.works(world)
    if not ask.path:
        return op.ask(world, ask, query="?cursor=none")
    unknown = {"id": uuid.uuid4(), "file": uuid.uuid4(), "number": "NOBODY", "code": "nothing"}
    for name in ask.path:
        ask.path[name] = unknown.get(name, ask.path[name])
    return op.ask(world, ask)


def in_flight(op: Operation, world: World) -> Any:
    """Another connection holds the key."""
    ask = op.works(world)
    ask.key = uuid.uuid4().hex
    with psycopg.connect(book.address()) as other:
        other.execute("select pg_advisory_xact_lock(%s)", [once.number(world.account, ask.key)])
        return op.ask(world, ask)


def reused(op: Operation, world: World) -> Any:
    ask = op.works(world)
    ask.key = uuid.uuid4().hex
    first = op.ask(world, ask, data="{" if ask.body is not None else "")
    assert first.status_code in (200, 201, 400, 422), first.content
    return op.ask(world, ask, data="[")


SHARED: dict[str, Callable[[Operation, World], Any]] = {
    "400": invalid,
    "401": no_token,
    "403": other_scope,
    "404": not_there,
    "406": not_acceptable,
    "409": in_flight,
    "413": too_large,
    "415": other_type,
    "429": too_many,
}


@pytest.fixture
def world(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    settings.MEDIA_ROOT = tmp_path
    settings.EVIDENCE_SCANNER = ""
    many = "1000000/min"
    monkeypatch.setattr(ByCaller, "rates", {"read": many, "write": many, "nobody": many})
    made = World()
    made.patch = monkeypatch
    return made


def cases(op: Operation) -> dict[str, Callable[[World], Any]]:
    """A request for each status of an operation that we know one for."""
    found: dict[str, Callable[[World], Any]] = {
        status: (lambda world, make=make: make(op, world)) for status, make in SHARED.items()
    }
    if not op.of_customers:
        found["422"] = lambda world: reused(op, world)
    for name, make in {**WORKS, **REFUSES}.items():
        operation, _space, status = name.rpartition(" ")
        if operation == op.name:
            found[status] = lambda world, make=make: op.ask(world, make(world))
    return found


def test_each_documented_status_is_seen(world: World, subtests: Any) -> None:
    seen = set()
    for path, methods in described()["paths"].items():
        for method, document in methods.items():
            op = Operation(method, path, document)
            known = cases(op)
            for status in sorted(op.statuses):
                seen.add(f"{op.name} {status}")
                with subtests.test(f"{op.name} {status}"):
                    cache.clear()
                    with transaction.atomic():
                        answer = known[status](world)
                        transaction.set_rollback(True)
                    assert str(answer.status_code) == status, answer.getvalue()[:400]
                    if status >= "400":
                        assert answer["Content-Type"] == "application/problem+json"
                        assert answer.json()["status"] == answer.status_code
    assert {*WORKS, *REFUSES} - seen == set(), "nothing documents these"
