"""Every act on a customer × every role: who does it alone, who may only ask, who not at all.

The limits are the data that a new book begins with; each is tried at its edge.
"""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts import authority
from accounts.acts import all_acts, find
from accounts.models import ActRequest, AuthorityLimit, StaffAct, User
from accounts.roles import ROLES
from risk.desk import acts
from tests.appeals.cases import TODAY, late_customer
from tests.factories import make_user, start_with_limits

pytestmark = pytest.mark.django_db

CENT = Decimal("0.01")
STAFF = (*ROLES, "")
PERFORM = {role for role, names in ROLES.items() if "accounts.perform_acts" in names}
APPROVE = {role for role, names in ROLES.items() if "accounts.approve_acts" in names}

A, S, D = "agent", "supervisor", "administrator"
#: Who does an act alone, up to some amount; all others who may act ask. Who approves it.
ALONE: dict[str, set[str]] = {
    "book_repayment": {A, S},
    "reverse_repayment": {A, S},
    "book_refund": {A, S},
    "waive_fees": {A, S},
    "agree_plan": {A, S},
    "end_plan": {A, S},
    "record_promise": {A, S},
    "withdraw_promise": {A, S},
    "change_limit": {A, S},
    "file_dispute": {A, S},
    "decide_dispute": {S},
    "pay_out_credit": {A, S},
    "write_off": {S},
    "place_hold": {A, S},
    "release_hold": {S},
    "change_due_day": {A, S},
    "give_mandate": {S},
    "revoke_mandate": {A, S},
    "settle_early": {A, S},
    "verify_income": {A, S},
    "restrict_line": {A, S},
    "lift_restriction": {S},
    "exempt": set(),
    "close_alert": {A, S},
    "forgive_episode": set(),
    "mark_deceased": {A, S},
    "mark_hardship": {A, S},
    "mark_do_not_contact": {A, S},
    "mark_court_freeze": {S},
    "end_mark": {A, S},
    "end_grave_mark": set(),
    "decide_appeal": {S, D},
    "extend_appeal": {S, D},
    "grant_package": {A, S},
}
#: Nobody else has to agree to these but a supervisor; all others administrators approve, too.
BY_SUPERVISORS = {
    "book_repayment", "end_plan", "record_promise", "withdraw_promise", "file_dispute",
    "verify_income", "restrict_line", "close_alert", "mark_deceased", "mark_hardship",
    "mark_do_not_contact", "end_mark", "settle_early",
}  # fmt: skip


@pytest.fixture(autouse=True)
def today(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    start_with_limits()
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)


@pytest.fixture
def customer(today: None) -> Any:
    return late_customer()


def limit(role: str, code: str) -> AuthorityLimit | None:
    return AuthorityLimit.objects.filter(role=role, act=code).first()


def test_every_act_has_a_row() -> None:
    assert {act.code for act in all_acts()} == set(ALONE)


@pytest.mark.parametrize("role", STAFF)
def test_each_role_does_alone_what_its_limits_say_and_not_a_cent_more(customer, role) -> None:
    user = make_user(role)
    for act in all_acts():
        found = limit(role, act.code)
        alone = found is not None and found.alone is not None
        assert alone == (role in ALONE[act.code]), act.code
        most = found.alone if found and found.alone is not None else Decimal(0)
        assert authority.may_alone(user, act, customer, most, TODAY) == alone, act.code
        assert not authority.may_alone(user, act, customer, most + CENT, TODAY), act.code


@pytest.mark.parametrize("role", STAFF)
def test_each_role_approves_what_its_limits_say_and_not_a_cent_more(today, role) -> None:
    user = make_user(role)
    for act in all_acts():
        may = role == S or (role == D and act.code not in BY_SUPERVISORS)
        found = limit(role, act.code)
        most = found.approves if found and found.approves is not None else Decimal(0)
        assert authority.may_approve(user, act, most) == may, act.code
        assert not authority.may_approve(user, act, most + CENT), act.code
        if may:
            assert role in APPROVE


def signed_in(who: Any) -> Client:
    client = Client()
    if who is not None:
        client.force_login(who)
    return client


def asking(code: str, customer: Any) -> dict[str, Any]:
    return {
        "step": "confirm", "alone": "yes", "token": str(uuid.uuid4()), "seen": "0" * 32,
        "bill": f"B-{customer.number}", "amount": "1", "reason": "other", "words": "please do it",
    }  # fmt: skip


@pytest.mark.parametrize("who", [*STAFF, "customer", None])
def test_who_may_not_act_is_refused_each_act_and_nothing_is_done(customer, who) -> None:
    if who == "customer":
        person = User.objects.create_user("ada", customer=customer)
    else:
        person = None if who is None else make_user(who)
    client = signed_in(person)
    for act in all_acts():
        address = reverse("admin:accounts_customer_act", args=[customer.pk, act.code])
        with transaction.atomic():
            answers = [client.get(address), client.post(address, asking(act.code, customer))]
            transaction.set_rollback(True)
        statuses = {answer.status_code for answer in answers}
        if who in PERFORM:
            # Where an act begins on another page, the customer's knows none of that name.
            assert statuses <= ({200} if act.on_desk else {404}), act.code
        elif who in STAFF:
            assert statuses == {403}, act.code
        else:
            assert statuses == {302}, act.code
            assert all("login" in a["Location"] or "sign-in" in a["Location"] for a in answers)
    assert not StaffAct.objects.exists()
    assert not ActRequest.objects.exists()


@pytest.mark.parametrize("role", sorted(PERFORM))
def test_a_waiver_is_done_alone_or_becomes_a_request_as_the_limit_says(customer, role) -> None:
    client, user = signed_in(make_user(role)), None
    address = reverse("admin:accounts_customer_act", args=[customer.pk, "waive_fees"])
    data = {**asking("waive_fees", customer), "step": "preview"}
    shown = client.post(address, data)
    alone = role in ALONE["waive_fees"]
    assert shown.context["alone"] == alone
    seen = shown.context["preview"].seen
    # What the page says of one's authority is not believed.
    client.post(address, {**data, "step": "confirm", "seen": seen, "alone": "yes"})
    assert StaffAct.objects.exists() == alone
    if not alone:
        client.post(address, {**data, "step": "confirm", "seen": seen, "alone": "no"})
        user = ActRequest.objects.get().requested_by
        assert user.groups.get().name == role


@pytest.mark.parametrize("role", STAFF)
def test_nobody_decides_what_they_asked_for(customer, role) -> None:
    user = make_user(role)
    request = ActRequest.objects.create(
        customer=customer, act="waive_fees", amount=1, reason="goodwill", words="please",
        data={"bill": f"B-{customer.number}", "amount": "1", "reason": "goodwill",
              "words": "please"},
        before={}, after={}, requested_by=user, expires_at="2100-01-01T00:00:00Z",
    )  # fmt: skip
    assert find("waive_fees") is not None
    seen = authority.fingerprint(acts.look(customer.pk))
    for decide in (
        lambda: authority.approve(
            request, by=user, words="fine", on=TODAY, look=acts.look, seen=seen
        ),
        lambda: authority.reject(request, by=user, words="no"),
    ):
        with pytest.raises(authority.NotAllowed):
            decide()
    assert not StaffAct.objects.exists()
