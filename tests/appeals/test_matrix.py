"""Every address and every act of appeals × each role, a relative, the owner, another customer,
nobody. The rows are written out: an address or an act that has none fails.

The customer's own pages and API have theirs in `test_portal_matrix.py`.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.acts import Refused
from accounts.authority import NotAllowed
from appeals import operations, rules
from appeals.desk import doing
from appeals.letters import operations as letters
from appeals.letters import urls as letter_urls
from appeals.models import EvidenceView, Offer, PlanLength
from appeals.offers import operations as offers
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
        relative = self.people["relative"]
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
            code="cn", name="CN", document=yaml.safe_load(CALENDAR.read_text(encoding="utf-8"))
        )
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
    "workcalendar_changelist": STAFF,
    "workcalendar_add": {"administrator"},
    "workcalendar_change": STAFF,
    # what every list of the desk has, tried with the desk's own tests (tests/accounts)
    **dict.fromkeys(
        (
            f"{model}_{page}"
            for model in ("appeal", "letter", "offer", "declaredconflict", "evidenceview",
                          "appealrules")
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


def sent(world: World, by: Any) -> None:
    world.case.offer(by=by)


def taken_up(world: World, by: Any) -> None:
    theirs = world.case.propose()
    offers.take_up(
        theirs, by=by, reason="hardship", words="It is what she can pay.",
        seen=world.case.seen(), token=uuid.uuid4(), on=TODAY, at=NOW,
    )  # fmt: skip


ACTS: dict[str, tuple[Callable[[World, Any], object], set[str]]] = {
    "submit": (
        lambda w, by: operations.submit(
            customer=w.case.customer, kind="complaint", words="W", asks=["explain"], by=by, at=NOW,
            on=TODAY, **channel(by),
        ), BOTH,
    ),
    "take": (lambda w, by: operations.take(appeal=w.filed, by=by, at=NOW), HANDLERS),
    "assign": (
        lambda w, by: operations.assign(appeal=w.filed, to=w.case.boss, by=by, at=NOW), LEADS,
    ),
    "ask_customer": (
        lambda w, by: operations.ask_customer(appeal=w.appeal, text="?", by=by, at=NOW, on=TODAY),
        HANDLERS,
    ),
    "answer": (answered, BOTH),
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
    "decide": (lambda w, by: decline(w.filed_and_taken, by), HANDLERS),
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
    "end_conflict": (
        lambda w, by: operations.end_conflict(conflict=w.conflict, by=by, at=NOW), LEADS,
    ),
    "offer": (sent, HANDLERS),
    "take_up": (taken_up, HANDLERS),
    "withdraw_offer": (
        lambda w, by: offers.withdraw(w.offer, by=by, words="A mistake", at=NOW), HANDLERS,
    ),
    "accept_offer": (lambda w, by: w.case.accept(w.offer, by=by), THEIRS),
    "decline_offer": (lambda w, by: offers.decline(w.offer, by=by, words="No", at=NOW), THEIRS),
    "propose": (lambda w, by: w.case.propose(by=by), THEIRS),
}  # fmt: skip


#: A token of a customer's leads to none of these: they take an account, by their types.
BY_ACCOUNT = {"assign", "end_conflict", "offer", "take_up"}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_for_those_and_no_others(world: World, name: str) -> None:
    act, allowed = ACTS[name]
    people = {**world.people, "token": world.case.customer}
    people["another token"] = world.people["other"].customer
    del people["nobody"]
    if name in BY_ACCOUNT:
        del people["token"], people["another token"]
    wrong = []
    for who, by in people.items():
        with transaction.atomic():
            try:
                act(world, by)
                done = True
            except (Refused, NotAllowed) as error:
                done, why = False, str(error)
            transaction.set_rollback(True)
        if done != (who in allowed):
            wrong.append((who, "did it" if done else why))
    assert wrong == []
