"""Every address and every act of appeals × each role, a relative, the owner, another customer,
nobody. The rows are written out: an address or an act that has none fails.

The customer's own pages and API have theirs in `test_portal_matrix.py`.
"""

from __future__ import annotations

import datetime as dt
import inspect
import io
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib import admin
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts import authority
from accounts.access import tokens
from accounts.acts import Refused, all_acts, find
from accounts.authority import NotAllowed
from accounts.models import ActRequest, WorkItem
from accounts.work import operations as work
from appeals import operations, rules
from appeals.desk import doing
from appeals.letters import operations as letters
from appeals.letters import urls as letter_urls
from appeals.models import EvidenceView, Offer, PlanLength
from appeals.moves import MOVES
from appeals.offers import operations as offers
from appeals.offers.making import last_day
from appeals.offers.text import hash_of, text_of
from appeals.portal.api import urls as me
from appeals.remedies import outlook
from config.places import BASE
from risk.desk import acts
from tests.appeals.cases import NOW, TODAY, decline, file, fresh, in_state, plain_customer
from tests.appeals.test_offers import Case
from tests.factories import make_user, start_with_limits

pytestmark = pytest.mark.django_db

HANDLERS = {"agent", "supervisor", "administrator"}
READERS = {*HANDLERS, "risk_analyst", "auditor"}
LEADS = {"supervisor", "administrator"}
#: Who publishes what appeals go by.
FIGURES = {"risk_analyst", "administrator"}
#: Who there is beside the roles. The relative is an agent; `plain` is of the staff without a role.
CALLERS = (*sorted(READERS), "plain", "relative", "owner", "other", "nobody")
CALENDAR = Path(BASE, "appeals", "calendars", "cn.yaml")
LATER = NOW + dt.timedelta(minutes=5)


@pytest.fixture(autouse=True)
def today(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    start_with_limits()
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    monkeypatch.setattr("appeals.desk.doing.book_date", lambda: TODAY)
    monkeypatch.setattr("appeals.admin.appeals.book_date", lambda: TODAY)
    monkeypatch.setattr(timezone, "now", lambda: LATER)
    monkeypatch.setattr(outlook, "DAYS", 2)


def photo(red: int = 90) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), (red, 140, 190)).save(out, "PNG")
    return out.getvalue()


class World:
    """A customer with an appeal in review, evidence, an open offer and a letter of another; and
    everybody who may come along."""

    def __init__(self) -> None:
        self.case = Case()
        customer = self.case.customer
        self.people: dict[str, Any] = {
            **{role: make_user(role) for role in READERS},
            "plain": make_user(""),
            "relative": make_user("agent"),
            "owner": self.case.user,
            "other": make_user("", is_staff=False, customer=plain_customer()),
            "nobody": None,
        }
        # As close, and leads: what authority gives, the conflict takes.
        self.people["close chief"] = make_user("supervisor")
        relative = self.people["relative"]
        chief = self.people["close chief"]
        operations.declare_conflict(
            user=chief, customer=customer, relation="relative", by=chief, at=NOW
        )
        self.conflict = operations.declare_conflict(
            user=relative, customer=customer, relation="relative", by=relative, at=NOW
        )
        self.appeal = self.case.appeal
        self.evidence = operations.attach(
            appeal=self.appeal, name="bill.png", data=photo(), by=customer, at=NOW
        )
        operations.open_evidence(evidence=self.evidence, by=self.case.agent, at=NOW)
        self.offer = self.case.offer()
        self.decided = in_state(customer, "in_review", self.case.agent)
        decline(self.decided, self.case.agent)
        self.filed = fresh(file(customer, kind="complaint", asks=["explain"]))
        self.filed_and_taken = in_state(customer, "in_review", self.case.agent)
        self.rules = operations.publish_rules(
            document=rules.rules_on(TODAY).document(), effective_from=TODAY, by=None
        )
        self.calendar = operations.keep_calendar(
            code="cn", name="CN", document=yaml.safe_load(CALENDAR.read_text(encoding="utf-8")),
            effective_from=TODAY, by=None,
        )  # fmt: skip
        self.letter = letters.send(fresh(self.decided).decision, by=self.case.agent, at=NOW)

    def client(self, who: str) -> Client:
        client = Client()
        if self.people[who] is not None:
            client.force_login(self.people[who])
        return client


@pytest.fixture
def world(today: None) -> World:
    return World()


def tell(answer: Any) -> int:
    if answer.streaming:
        b"".join(answer.streaming_content)
    return int(answer.status_code)


# -- addresses ---------------------------------------------------------------------------

NOBODY: set[str] = set()
STAFF = READERS | {"relative"}
BOOKS = READERS - {"agent"}
VIEWERS = {"supervisor", "auditor", "administrator"}
#: Who gets the page; everybody else of the staff is refused, all others are sent to the sign-in.
PAGES: dict[str, set[str]] = {
    "appeal_file": HANDLERS,
    "appeal_figures": BOOKS,
    "appeal_conflict": HANDLERS | {"relative"},
    "appeal_do": NOBODY,  # only by POST: see below
    "appeal_act": HANDLERS,
    "appeal_outlook": READERS,
    "appeal_evidence": READERS - {"risk_analyst"},
    "appeal_changelist": STAFF,
    "appeal_change": READERS,
    "letter_changelist": STAFF,
    "letter_change": NOBODY,  # leads on to the letter, see below
    "offer_compose": HANDLERS,
    "offer_changelist": STAFF,
    "offer_change": READERS,
    "planlength_changelist": BOOKS,
    "planlength_add": {"administrator"},
    "planlength_change": BOOKS,
    "declaredconflict_changelist": STAFF,
    "declaredconflict_change": STAFF,
    "evidenceview_changelist": VIEWERS,
    "evidenceview_change": VIEWERS,
    "appealrules_changelist": STAFF,
    "appealrules_change": STAFF,
    "appealrules_publish": FIGURES,
    "workcalendar_changelist": STAFF,
    "workcalendar_change": STAFF,
    "workcalendar_publish": FIGURES,
    # what every list of the desk has, tried with the desk's own tests (tests/accounts)
    **dict.fromkeys(
        (
            f"{model}_{page}"
            for model in ("appeal", "letter", "offer", "declaredconflict", "evidenceview",
                          "appealrules", "workcalendar")
            for page in ("export", "saved", "saved_one", "add")
        ),
        NOBODY,
    ),
    **dict.fromkeys(
        (
            f"{model}_delete"
            for model in ("appeal", "letter", "offer", "declaredconflict", "evidenceview",
                          "appealrules", "planlength", "workcalendar")
        ),
        NOBODY,
    ),
    **dict.fromkeys(
        (
            f"{model}_history"
            for model in ("appeal", "letter", "offer", "declaredconflict", "appealrules",
                          "workcalendar")
        ),
        STAFF,
    ),
    "evidenceview_history": VIEWERS,
    "planlength_history": BOOKS,
}  # fmt: skip


def admin_addresses() -> dict[str, tuple[str, str]]:
    """Model and pattern of every address that the admin gives to this room."""
    return {
        found.name.removeprefix("appeals_"): (model.__name__, str(found.pattern))
        for model, model_admin in admin.site._registry.items()
        if model._meta.app_label == "appeals"
        for found in model_admin.get_urls()
        if found.name
    }


def test_every_address_of_the_desk_has_its_row_and_is_for_those_alone(world: World) -> None:
    addresses = admin_addresses()
    assert addresses.keys() == PAGES.keys()
    rows = {
        "Appeal": world.appeal.pk, "Offer": world.offer.pk, "Letter": world.letter.pk,
        "DeclaredConflict": world.conflict.pk, "PlanLength": PlanLength.objects.all()[0].pk,
        "EvidenceView": EvidenceView.objects.all()[0].pk, "AppealRules": world.rules.pk,
        "WorkCalendar": world.calendar.pk,
    }  # fmt: skip
    clients = {who: world.client(who) for who in CALLERS}
    wrong = []
    for name, (model, pattern) in addresses.items():
        given = {
            key: {
                "public_id": world.evidence.public_id, "appeal": world.appeal.pk,
                "what": "decide" if "act" in pattern else "take",
            }.get(key, rows[model])
            for key in re.findall(r"<\w+:(\w+)>", pattern)
        }  # fmt: skip
        address = reverse(f"admin:appeals_{name}", kwargs=given)
        if name in ("appeal_file", "appeal_conflict"):
            address += f"?customer={world.case.customer.pk}"
        for who, client in clients.items():
            got = client.get(address)
            if (tell(got) == 200) != (who in PAGES[name]):
                wrong.append((name, who, got.status_code))
            if who in ("owner", "other", "nobody") and "/admin/login/" not in got.get("Location"):
                wrong.append((name, who, got.status_code))
    assert wrong == []


def test_what_is_done_on_the_desk_is_done_by_those_who_handle_appeals(world: World) -> None:
    before = fresh(world.appeal).version, Offer.objects.count()
    for who in CALLERS:
        if who in HANDLERS:
            continue
        client = world.client(who)
        for what in doing.names():
            got = client.post(
                reverse("admin:appeals_appeal_do", args=[world.appeal.pk, what]), {"text": "x"}
            )
            assert got.status_code in (302, 403), (who, what)
        for address in (
            reverse("admin:appeals_appeal_act", args=[world.appeal.pk, "decide"]),
            reverse("admin:appeals_appeal_act", args=[world.appeal.pk, "extend"]),
            reverse("admin:appeals_offer_compose", args=[world.appeal.pk]),
            reverse("admin:appeals_offer_change", args=[world.offer.pk]),
        ):
            got = client.post(address, {"step": "withdraw", "words": "enough words"})
            assert got.status_code in (302, 403), (who, address)
    assert (fresh(world.appeal).version, Offer.objects.count()) == before
    assert Offer.objects.get(pk=world.offer.pk).state == "open"


def test_a_letter_is_read_by_its_customer_and_by_staff_who_may(world: World) -> None:
    assert {row.name for row in letter_urls.urlpatterns} == {"page", "pdf"}
    for who in CALLERS:
        expected = 200 if who in READERS | {"owner"} else 302 if who == "nobody" else 404
        for name in ("page", "pdf"):
            address = reverse(f"letters:{name}", args=[world.decided.public_id])
            assert tell(world.client(who).get(address)) == expected, (who, name)


#: What the customer finds where everything exists: owner, other customer; the rest sign in.
HERS = {
    "appeal": ("get", (200, 404)),
    "letter": ("get", (200, 404)),
    "file": ("get", (200, 404)),
    "offer": ("get", (200, 404)),
    "offer_answer": ("post", (302, 404)),
    "reopen": ("post", (302, 404)),
    "withdraw": ("post", (302, 404)),
}


def test_what_there_is_of_an_appeal_is_its_customers(world: World) -> None:
    given: dict[str, list[Any]] = {
        "letter": [world.decided.public_id], "reopen": [world.decided.public_id],
        "file": [world.appeal.public_id, world.evidence.public_id],
        "offer_answer": [world.appeal.public_id, 1],
    }  # fmt: skip
    for who in (*(name for name in CALLERS if name != "owner"), "owner"):
        client = world.client(who)
        for name, (method, statuses) in HERS.items():
            address = reverse(f"my:{name}", args=given.get(name, [world.appeal.public_id]))
            got = getattr(client, method)(address, *([{"answer": "decline"}] * (method == "post")))
            expected = {"owner": statuses[0], "other": statuses[1]}.get(who, 302)
            assert tell(got) == expected, (who, name)
            if who not in ("owner", "other"):
                assert got["Location"].startswith(reverse("my:login")), (who, name)
        if who != "owner":
            assert fresh(world.appeal).state == "negotiating", who
    assert fresh(world.appeal).state == "withdrawn"


# -- acts --------------------------------------------------------------------------------

THEIRS = {"owner", "token"}
BOTH = HANDLERS | THEIRS


def channel(by: Any) -> dict[str, str]:
    return {"channel": "phone"} if getattr(by, "is_staff", False) else {}


def answered(world: World, by: Any) -> None:
    operations.ask_customer(
        appeal=world.appeal, text="Which?", by=world.case.agent, at=NOW, on=TODAY
    )
    operations.answer(appeal=fresh(world.appeal), text="That", by=by, at=NOW)


def turned_down(world: World, by: Any) -> None:
    operations.ask_approval(appeal=world.filed_and_taken, by=world.case.agent, at=NOW)
    operations.turn_down(appeal=fresh(world.filed_and_taken), by=by, at=NOW)


def extended_again(world: World, by: Any) -> None:
    operations.extend(appeal=world.filed, why="Asked the bank.", by=world.case.boss, at=NOW)
    operations.extend(
        appeal=fresh(world.filed), why="It has not answered.", by=by, at=NOW,
        approved_by=world.case.boss,
    )  # fmt: skip


def settled(world: World, by: Any) -> None:
    operations.settle(
        appeal=fresh(world.appeal), found="Agreed.", reasons="Hardship.", changes="A plan.",
        package=world.offer.granted, decided_by=world.case.agent, by=by, at=NOW, on=TODAY,
    )  # fmt: skip


def drafted(world: World, by: Any) -> Any:
    package = world.case.package()
    return offers.draft(
        appeal=fresh(world.appeal), package=package, words="", by=by, at=NOW, on=TODAY,
        expires_on=last_day(package, TODAY),
    )  # fmt: skip


def sent_alone(world: World, by: Any) -> None:
    offers.send(
        drafted(world, world.case.agent), by=by, reason="hardship", words="Seen the papers.",
        seen=world.case.seen(), token=uuid.uuid4(), on=TODAY, at=NOW,
    )  # fmt: skip


def taken_up(world: World, by: Any) -> None:
    theirs = world.case.propose()
    offers.take_up(
        theirs, by=by, reason="hardship", words="It is what she can pay.",
        seen=world.case.seen(), token=uuid.uuid4(), on=TODAY, at=NOW,
    )  # fmt: skip


def taken_back(world: World, by: Any) -> None:
    offers.withdraw(world.case.propose(), by=by, words="", at=NOW)


def declined_theirs(world: World, by: Any) -> None:
    offers.decline(world.case.propose(), by=by, words="It is not enough.", at=NOW)


def moved_with_its_item(world: World, by: Any) -> None:
    item = WorkItem.objects.get(queue="appeals", key=world.filed.number)
    if item.assigned_to_id is not None:
        operations.assign(appeal=world.filed, to=None, by=world.case.boss, at=NOW)
        item.refresh_from_db()
    try:
        work.claim(item.pk, by=by, version=item.version, at=NOW)
    except work.NotPossible as error:
        raise Refused(str(error)) from error
    assert fresh(world.filed).assigned_to == by


#: Each act by the name that it has in appeals/operations, or in appeals/offers/operations after
#: `offers.`; what stands in brackets tells two ways of one apart.
ACTS: dict[str, tuple[Callable[[World, Any], object], set[str]]] = {
    "submit": (
        lambda w, by: operations.submit(
            customer=w.case.customer, kind="complaint", words="W", asks=["explain"], by=by, at=NOW,
            on=TODAY, **channel(by),
        ), BOTH,
    ),
    "take": (lambda w, by: operations.take(appeal=w.filed, by=by, at=NOW), HANDLERS),
    "take (by its work item)": (moved_with_its_item, HANDLERS),
    "assign": (
        lambda w, by: operations.assign(appeal=w.filed, to=w.case.boss, by=by, at=NOW), LEADS,
    ),
    "ask_customer": (
        lambda w, by: operations.ask_customer(appeal=w.appeal, text="?", by=by, at=NOW, on=TODAY),
        HANDLERS,
    ),
    "answer": (answered, BOTH),
    "negotiate": (
        lambda w, by: operations.negotiate(appeal=w.filed_and_taken, by=by, at=NOW), BOTH,
    ),
    "resume": (lambda w, by: operations.resume(appeal=w.appeal, by=by, at=NOW), BOTH),
    "ask_approval": (lambda w, by: operations.ask_approval(appeal=w.appeal, by=by, at=NOW), BOTH),
    "turn_down": (turned_down, HANDLERS),
    "send_message": (
        lambda w, by: operations.send_message(appeal=w.appeal, text="Hello", by=by, at=NOW), BOTH,
    ),
    "add_note": (
        lambda w, by: operations.add_note(appeal=w.appeal, text="N", by=by, at=NOW), HANDLERS,
    ),
    "attach": (
        lambda w, by: operations.attach(
            appeal=w.appeal, name="b.png", data=photo(9), by=by, at=NOW
        ), BOTH,
    ),
    "open_evidence": (
        lambda w, by: operations.open_evidence(evidence=w.evidence, by=by, at=NOW),
        (READERS - {"risk_analyst"}) | THEIRS,
    ),
    "extend": (
        lambda w, by: operations.extend(appeal=w.filed, why="Asked the bank.", by=by, at=NOW),
        LEADS,
    ),
    "extend (again)": (extended_again, LEADS),
    "decide": (lambda w, by: decline(w.filed_and_taken, by), HANDLERS),
    "settle": (settled, BOTH),
    "withdraw": (
        lambda w, by: operations.withdraw(
            appeal=w.appeal, why="By phone", by=by, at=NOW, on=TODAY
        ), BOTH,
    ),
    "reopen": (
        lambda w, by: operations.reopen(
            appeal=fresh(w.decided), words="W", by=by, at=NOW, on=TODAY, **channel(by)
        ), BOTH,
    ),
    "declare_conflict": (
        lambda w, by: operations.declare_conflict(
            user=w.case.agent, customer=w.case.customer, relation="relative", by=by, at=NOW
        ), LEADS,
    ),
    "declare_conflict (one's own)": (
        lambda w, by: operations.declare_conflict(
            user=by, customer=w.case.customer, relation="relative", by=by, at=NOW
        ), READERS | {"plain", "relative", "close chief"},
    ),
    "end_conflict": (
        lambda w, by: operations.end_conflict(conflict=w.conflict, by=by, at=NOW), LEADS,
    ),
    "publish_rules": (
        lambda w, by: operations.publish_rules(
            document=w.rules.document, effective_from=TODAY + dt.timedelta(days=1), by=by
        ), FIGURES,
    ),
    "keep_calendar": (
        lambda w, by: operations.keep_calendar(
            code="cn", name="CN", document=w.calendar.document, by=by,
            effective_from=TODAY + dt.timedelta(days=1),
        ), FIGURES,
    ),
    "offers.draft": (drafted, HANDLERS),
    "offers.send": (sent_alone, HANDLERS),
    "offers.make_offer": (lambda w, by: w.case.offer(by=by), HANDLERS),
    "offers.take_up": (taken_up, HANDLERS),
    "offers.withdraw": (
        lambda w, by: offers.withdraw(w.offer, by=by, words="A mistake", at=NOW), HANDLERS,
    ),
    "offers.withdraw (the customer's)": (taken_back, THEIRS),
    "offers.accept": (lambda w, by: w.case.accept(w.offer, by=by), THEIRS),
    "offers.decline": (lambda w, by: offers.decline(w.offer, by=by, words="No", at=NOW), THEIRS),
    "offers.decline (the customer's)": (declined_theirs, HANDLERS),
    "offers.propose": (lambda w, by: w.case.propose(by=by), THEIRS),
}  # fmt: skip
#: What the system alone does takes nobody, so that nobody can be let in by mistake.
BY_NOBODY = {"escalate", "expire", "record_scan"}
#: A token of a customer's leads to none of these: they take an account, by their types.
BY_ACCOUNT = {
    "add_note", "assign", "decide", "declare_conflict", "end_conflict", "extend", "keep_calendar",
    "offers.draft", "offers.make_offer", "offers.send", "offers.take_up", "publish_rules", "take",
}  # fmt: skip


def bare(name: str) -> str:
    return name.split(" ")[0]


def registered() -> dict[str, Any]:
    found = {name: getattr(operations, name) for name in operations.__all__}
    found |= {f"offers.{name}": getattr(offers, name) for name in offers.__all__}
    return {name: act for name, act in found.items() if inspect.isfunction(act)}


def test_every_act_and_every_move_has_its_row() -> None:
    acts_ = registered()
    assert acts_.keys() - BY_NOBODY == {bare(name) for name in ACTS}
    for name in BY_NOBODY:
        assert "by" not in inspect.signature(acts_[name]).parameters
    # `approve_offer` is what sending one that was approved makes of its appeal.
    assert MOVES.keys() - {"approve_offer"} <= acts_.keys()


def outcomes(world: World, act: Callable[[World, Any], object], people: dict[str, Any]) -> Any:
    for who, by in people.items():
        with transaction.atomic():
            try:
                act(world, by)
                yield who, True, "did it"
            except (Refused, NotAllowed) as error:
                yield who, False, str(error)
            transaction.set_rollback(True)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_for_those_and_no_others(world: World, name: str) -> None:
    act, allowed = ACTS[name]
    people = {**world.people, "token": world.case.customer}
    people["another token"] = world.people["other"].customer
    del people["nobody"]
    if bare(name) in BY_ACCOUNT:
        del people["token"], people["another token"]
    expected = allowed & people.keys()
    wrong = [
        (who, why) for who, done, why in outcomes(world, act, people) if done != (who in expected)
    ]
    assert wrong == []


# -- requests for approval ---------------------------------------------------------------


def asked(world: World, code: str, by: Any, data: dict[str, Any]) -> ActRequest:
    act = find(code)
    assert act is not None
    form = act.form(data, customer=world.case.customer)
    assert form.is_valid(), form.errors
    return authority.ask(
        act, form, by=by, on=TODAY, look=acts.look, seen=world.case.seen(), token=uuid.uuid4()
    )


def to_grant(world: World) -> ActRequest:
    PlanLength.objects.filter(role="agent").update(months_alone=3)
    request = world.case.offer().request
    assert request is not None
    return request


def to_decide(world: World) -> ActRequest:
    appeal = world.filed_and_taken
    request = asked(world, "decide_appeal", world.case.agent, {
        "appeal": str(appeal.pk), "version": str(appeal.version), "reason": "other",
        "words": "It was as she says.", "whole": "granted", "whole_found": "Seen the papers.",
        "changes": "We say sorry.",
    })  # fmt: skip
    operations.ask_approval(appeal=appeal, by=world.case.agent, at=NOW)
    return request


def to_extend(world: World) -> ActRequest:
    operations.extend(appeal=world.filed, why="Asked the bank.", by=world.case.boss, at=NOW)
    return asked(world, "extend_appeal", world.case.boss, {
        "appeal": str(world.filed.pk), "reason": "other", "words": "It has not answered.",
    })  # fmt: skip


REQUESTS: dict[str, tuple[Callable[[World], ActRequest], set[str]]] = {
    "grant_package": (to_grant, LEADS),
    "decide_appeal": (to_decide, LEADS),
    "extend_appeal": (to_extend, LEADS),
}


def test_every_act_that_is_asked_for_has_its_row() -> None:
    ours = {act.code for act in all_acts() if type(act).__module__.startswith("appeals.")}
    assert ours == REQUESTS.keys()


@pytest.mark.parametrize("code", REQUESTS)
@pytest.mark.parametrize("step", ["approve", "reject", "withdraw"])
def test_a_request_is_decided_by_those_and_no_others(world: World, code: str, step: str) -> None:
    ask, approvers = REQUESTS[code]
    request = ask(world)
    people = {**world.people, "asker": request.requested_by}
    del people["nobody"]

    def decide(w: World, by: Any) -> None:
        fresh_one = ActRequest.objects.get(pk=request.pk)
        if step == "approve":
            authority.approve(
                fresh_one, by=by, words="Seen it.", on=TODAY, look=acts.look, seen=w.case.seen()
            )
        elif step == "reject":
            authority.reject(fresh_one, by=by, words="Too much.")
        else:
            authority.withdraw(fresh_one, by=by)

    expected = {"asker"} if step == "withdraw" else approvers
    wrong = [
        (who, why)
        for who, done, why in outcomes(world, decide, people)
        if done != (who in expected)
    ]
    assert wrong == []


@pytest.mark.parametrize("code", REQUESTS)
def test_the_page_of_a_request_decides_for_those_alone(world: World, code: str) -> None:
    request = REQUESTS[code][0](world)
    address = reverse("admin:accounts_actrequest_change", args=[request.pk])
    for who in (*(name for name in CALLERS if name not in LEADS), "close chief"):
        client = world.client(who)
        for step in ("approve", "reject", "withdraw"):
            got = client.post(address, {"step": step, "words": "enough words", "seen": "x"})
            assert got.status_code in (200, 302, 403), (who, step)
        request.refresh_from_db()
        assert request.status == "waiting", who


# -- the customer's API, with one of everything ------------------------------------------

#: (method, body, owner): another customer finds nothing of it, without a token nobody is let in.
REAL: dict[str, tuple[str, dict[str, Any] | None, int]] = {
    "appeal": ("get", None, 200),
    "letter": ("get", None, 200),
    "file": ("get", None, 200),
    "offers": ("get", None, 200),
    "messages": ("post", {"text": "Hello"}, 201),
    "accept": ("post", {"text_hash": ""}, 200),
    "decline": ("post", {"words": "No"}, 200),
    "take_back": ("post", None, 200),
    "review": ("post", {"words": "Look again"}, 201),
    "withdraw": ("post", None, 200),
    "evidence": ("post", None, 201),
}


def test_every_address_of_one_appeal_is_tried_with_real_ones() -> None:
    of_one = {row.name for row in me.urlpatterns if str(row.pattern).startswith("appeals/<")}
    assert of_one == REAL.keys()


@pytest.mark.parametrize("name", REAL)
def test_the_api_gives_what_there_is_to_its_customer_alone(world: World, name: str) -> None:
    cache.clear()
    method, body, expected = REAL[name]
    of = world.decided if name in ("letter", "review") else world.appeal
    given: dict[str, Any] = {"id": of.public_id}
    if name == "file":
        given["file"] = world.evidence.public_id
    if name in ("accept", "decline", "take_back"):
        if name == "take_back":
            world.case.propose()
        given["n"] = Offer.objects.filter(appeal=of).count()
    if name == "accept":
        body = {"text_hash": hash_of(text_of(world.offer, "en"))}
    address = reverse(f"me:{name}", kwargs=given)

    def call(customer: Any) -> int:
        headers = {}
        if customer is not None:
            _token, secret = tokens.issue(
                customer=customer, name="t", scopes=["read", "write"], days=30, at=timezone.now()
            )
            headers = {"authorization": f"Bearer {secret}"}
        if name == "evidence":
            sent: dict[str, Any] = {"data": {"file": ContentFile(photo(7), name="b.png")}}
        elif method == "post":
            sent = {"data": body, "content_type": "application/json"}
        else:
            sent = {}
        return tell(getattr(Client(), method)(address, **sent, headers=headers))

    before = fresh(of).version
    assert call(world.people["other"].customer) == 404
    assert call(None) == 401
    for who in ("agent", "supervisor", "owner"):
        # A session, of whoever it is, opens nothing here.
        assert tell(getattr(world.client(who), method)(address)) == 401, who
    assert fresh(of).version == before
    assert call(world.case.customer) == expected
