"""The desk's pages of appeals: who sees and does what, and that a case is decided there."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import authority
from accounts.models import ActRequest, AuthorityLimit, StaffAct
from appeals import operations
from appeals.choices import State
from appeals.models import Appeal, AppealDecision, InternalNote, Message
from billing.models import OpenBill
from risk.desk import acts
from risk.models import Restriction
from tests.appeals.cases import (
    NOW,
    TODAY,
    against_restriction,
    fee,
    file,
    fresh,
    handler,
    in_state,
    late_customer,
    plain_customer,
    restriction,
)
from tests.factories import make_user, start_with_limits

pytestmark = pytest.mark.django_db

ROLES = ("agent", "supervisor", "risk_analyst", "auditor", "administrator", "", "customer", None)


@pytest.fixture(autouse=True)
def today(db, monkeypatch) -> None:
    start_with_limits()
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    monkeypatch.setattr("appeals.desk.doing.book_date", lambda: TODAY)
    monkeypatch.setattr("appeals.admin.appeals.book_date", lambda: TODAY)
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(appeal, name="change", *args) -> str:
    return reverse(f"admin:appeals_appeal_{name}", args=[appeal.pk, *args])


def test_the_case_page_shows_what_is_contested_and_why_it_stands_so() -> None:
    customer, agent = late_customer(), handler()
    appeal = against_restriction(customer)
    operations.take(appeal=appeal, by=agent, at=NOW)
    shown = signed_in(agent).get(page(appeal))
    text = shown.content.decode()
    assert "I was in hospital" in text
    assert "B-" + customer.number in text
    assert "20 days left" in text
    assert shown.context["causes"][0].reason is not None


def decision(appeal, **given):
    n = appeal.causes.count()
    first = {f"{k}_{i}": v for i in range(n) for k, v in CAUSE.items()}
    return {
        "appeal": appeal.pk, "version": appeal.version, "reason": "hardship",
        "words": "You were in hospital on the due date.", "changes": "", **first, **given,
    }  # fmt: skip


CAUSE = {"granted": "yes", "ground": "hardship", "found": "The papers show it.", "remedy": ""}


def preview(client, appeal, what="decide", **given):
    data = decision(appeal, **given)
    shown = client.post(page(appeal, "act", what), {**data, "step": "preview"})
    assert shown.status_code == 200
    assert shown.context["preview"] is not None, shown.context["form"].errors
    seen = shown.context["preview"].seen
    return shown, {**data, "step": "confirm", "seen": seen, "token": str(uuid.uuid4())}


def test_an_agent_declines_alone() -> None:
    agent = handler()
    appeal = in_state(late_customer(), State.IN_REVIEW, agent)
    client = signed_in(agent)
    shown, sent = preview(client, appeal, whole="declined", whole_found="All was in order.")
    assert shown.context["declines"]
    client.post(page(appeal, "act", "decide"), sent)
    now = fresh(appeal)
    assert (now.state, now.result) == (State.DECIDED, "declined")
    row = AppealDecision.objects.get(appeal=appeal)
    assert (row.decided_by, row.approved_by) == (agent, None)
    assert row.further
    assert not StaffAct.objects.exists()


def test_granting_above_authority_is_approved_by_another_and_done_then() -> None:
    customer, agent, chief = late_customer(), handler(), handler("supervisor")
    subject = ("restriction", restriction(customer).pk)
    appeal = in_state(customer, State.IN_REVIEW, agent, subject)
    client = signed_in(agent)
    shown, sent = preview(client, appeal, remedy_0="lift", until_0="2026-04-20")
    assert not shown.context["alone"]
    assert shown.context["lifted"]
    client.post(page(appeal, "act", "decide"), sent)
    assert fresh(appeal).state == State.WAITING_APPROVAL
    assert Restriction.objects.get(pk=subject[1]).until_on is None
    request = ActRequest.objects.get()
    before = signed_in(chief).get(reverse("admin:accounts_actrequest_change", args=[request.pk]))
    assert appeal.number in before.content.decode()
    authority.approve(
        request, by=chief, words="seen them too", on=TODAY, look=acts.look,
        seen=before.context["seen"],
    )  # fmt: skip
    now = fresh(appeal)
    assert (now.state, now.result) == (State.DECIDED, "granted")
    row = AppealDecision.objects.get(appeal=appeal)
    assert (row.decided_by, row.approved_by) == (agent, chief)
    assert row.changes
    assert Restriction.objects.get(pk=subject[1]).until_on == TODAY


def test_an_approval_that_is_refused_brings_it_back_to_review() -> None:
    customer, agent, chief = late_customer(), handler(), handler("supervisor")
    appeal = in_state(customer, State.IN_REVIEW, agent, ("fee", fee(customer).pk))
    client = signed_in(agent)
    _shown, sent = preview(client, appeal, remedy_0="waive_this")
    client.post(page(appeal, "act", "decide"), sent)
    assert fresh(appeal).state == State.WAITING_APPROVAL
    authority.reject(ActRequest.objects.get(), by=chief, words="pay it")
    assert fresh(appeal).state == State.IN_REVIEW


def test_a_supervisor_waives_a_fee_alone_and_the_customer_is_told_what_changes() -> None:
    customer, chief = late_customer(), handler("supervisor")
    appeal = in_state(customer, State.IN_REVIEW, chief, ("fee", fee(customer).pk))
    client = signed_in(chief)
    shown, sent = preview(client, appeal, remedy_0="waive_this")
    assert shown.context["alone"]
    client.post(page(appeal, "act", "decide"), sent)
    left = OpenBill.objects.get(customer=customer).fee
    assert left == Decimal("5.00") - fee(customer).amount, "of ten days' fees one is waived"
    row = AppealDecision.objects.get(appeal=appeal)
    assert row.amount == fee(customer).amount
    assert row.package["remedies"][0]["kind"] == "fee_waiver"
    assert StaffAct.objects.get().act == "decide_appeal"


def test_a_waiver_of_all_fees_leaves_none_of_the_day_either() -> None:
    customer, chief = late_customer(), handler("supervisor")
    appeal = in_state(customer, State.IN_REVIEW, chief, ("restriction", restriction(customer).pk))
    client = signed_in(chief)
    _shown, sent = preview(client, appeal, remedy_0="waive")
    client.post(page(appeal, "act", "decide"), sent)
    assert fresh(appeal).result == "granted"
    assert OpenBill.objects.get(customer=customer).fee == 0


def test_granted_for_one_of_two_causes_lifts_that_one_only() -> None:
    customer, chief = late_customer(), handler("supervisor")
    two = [
        ("restriction", row.pk)
        for row in Restriction.objects.filter(customer=customer, until_on=None).order_by("pk")[:2]
    ]
    assert len(two) == 2
    appeal = in_state(customer, State.IN_REVIEW, chief, *two)
    client = signed_in(chief)
    _shown, sent = preview(
        client, appeal, granted_1="no", found_1="That one is right.", ground_1="correct",
        remedy_0="lift", until_0="2026-04-20",
    )  # fmt: skip
    client.post(page(appeal, "act", "decide"), sent)
    assert fresh(appeal).result == "partly"
    assert Restriction.objects.get(pk=two[0][1]).until_on == TODAY
    assert Restriction.objects.get(pk=two[1][1]).until_on is None
    assert list(appeal.causes.order_by("position").values_list("result", flat=True)) == [
        "granted", "declined",
    ]  # fmt: skip


def test_thread_and_notes_go_where_they_belong() -> None:
    agent = handler()
    appeal = in_state(plain_customer(), State.IN_REVIEW, agent)
    client = signed_in(agent)
    client.post(page(appeal, "do", "message"), {"text": "Hello", "version": appeal.version})
    client.post(page(appeal, "do", "note"), {"text": "Sounds honest"})
    assert [row.text for row in Message.objects.filter(appeal=appeal)] == ["Hello"]
    assert [row.text for row in InternalNote.objects.filter(appeal=appeal)] == ["Sounds honest"]
    shown = client.get(page(appeal)).content.decode()
    thread = shown[shown.index('id="thread"') : shown.index('id="notes"')]
    notes = shown[shown.index('id="notes"') :]
    assert "Hello" in thread
    assert "Sounds honest" not in thread
    assert "Sounds honest" in notes


def test_staff_file_what_came_by_letter_and_the_law_counts_from_its_arrival() -> None:
    customer, agent = late_customer(), handler()
    client = signed_in(agent)
    address = f"{reverse('admin:appeals_appeal_file')}?customer={customer.pk}"
    assert client.get(address).status_code == 200
    sent = client.post(address, {
        "kind": "objection", "channel": "letter", "received": "2026-03-18T09:30",
        "about": [f"restriction:{restriction(customer).pk}"], "asks": ["lift", "explain"],
        "words": "I never got the bill.", "token": uuid.uuid4(),
    })  # fmt: skip
    appeal = Appeal.objects.get()
    assert sent["Location"] == page(appeal)
    assert (appeal.filed_by, appeal.received_on) == (agent, dt.date(2026, 3, 18))
    assert appeal.legal_due_on == dt.date(2026, 4, 7)


def test_the_search_finds_an_appeal_by_its_number_for_those_who_may_see_it() -> None:
    appeal = file(plain_customer())
    for role, seen in (("agent", True), ("auditor", True), ("", False)):
        client = signed_in(make_user(role))
        got = client.get(reverse("admin:search"), {"s": appeal.number.lower(), "extended": "1"})
        assert (appeal.number in got.content.decode()) is seen, role


def test_the_customers_story_tells_of_the_appeal_and_not_of_its_handling() -> None:
    customer, agent = late_customer(), handler()
    appeal = in_state(
        customer, State.WAITING_CUSTOMER, agent, ("restriction", restriction(customer).pk)
    )
    address = reverse("admin:accounts_customer_change", args=[customer.pk])
    shown = signed_in(agent).get(f"{address}?show=appeals")
    told = [event.title for event in shown.context["page"].timeline.events]
    assert told == [
        f"Appeal {appeal.number}: Customer asked", f"Appeal {appeal.number}: Taken up",
        f"Appeal {appeal.number}: Filed",
    ]  # fmt: skip


def test_partners_hear_of_a_decision_and_of_nothing_personal() -> None:
    from accounts.models import OutboxEvent, WebhookEndpoint

    WebhookEndpoint.objects.create(
        name="partner", url="https://partner.example/hook", secret="s" * 40,
        wants=["appeal.decided"], created_by=make_user("administrator"),
    )  # fmt: skip
    agent = handler()
    appeal = in_state(plain_customer(name="Ada Long"), State.DECIDED, agent)
    row = OutboxEvent.objects.get(event="appeal.decided")
    assert (row.key, row.data["result"]) == (appeal.number, "declined")
    assert "Ada" not in str(row.data)


def test_what_is_shown_out_of_date_is_not_overwritten() -> None:
    agent = handler()
    appeal = in_state(plain_customer(), State.IN_REVIEW, agent)
    client = signed_in(agent)
    operations.send_message(appeal=appeal, text="One more thing", by=appeal.customer, at=NOW)
    client.post(page(appeal, "do", "ask"), {"text": "Which?", "version": appeal.version})
    assert fresh(appeal).state == State.IN_REVIEW
    assert "Which?" not in [row.text for row in Message.objects.filter(appeal=appeal)]


# -- who may -----------------------------------------------------------------------------

MAY: dict[str, set[str | None]] = {
    "list": {"agent", "supervisor", "risk_analyst", "auditor", "administrator"},
    "case": {"agent", "supervisor", "risk_analyst", "auditor", "administrator"},
    "outlook": {"agent", "supervisor", "risk_analyst", "auditor", "administrator"},
    "figures": {"supervisor", "risk_analyst", "auditor", "administrator"},
    "file": {"agent", "supervisor", "administrator"},
    "conflict": {"agent", "supervisor", "administrator"},
    "decide": {"agent", "supervisor", "administrator"},
    "extend": {"agent", "supervisor", "administrator"},
    "conflicts": {"agent", "supervisor", "risk_analyst", "auditor", "administrator"},
    "viewings": {"supervisor", "auditor", "administrator"},
    "calendars": {"agent", "supervisor", "risk_analyst", "auditor", "administrator"},
    "rules": {"agent", "supervisor", "risk_analyst", "auditor", "administrator"},
}


def test_each_page_is_for_those_roles_and_no_others() -> None:
    customer = late_customer()
    appeal = in_state(customer, State.IN_REVIEW, handler())
    of = f"?customer={customer.pk}"
    pages = {
        "list": reverse("admin:appeals_appeal_changelist"),
        "case": page(appeal),
        "outlook": page(appeal, "outlook"),
        "figures": reverse("admin:appeals_appeal_figures"),
        "file": reverse("admin:appeals_appeal_file") + of,
        "conflict": reverse("admin:appeals_appeal_conflict") + of,
        "decide": page(appeal, "act", "decide"),
        "extend": page(appeal, "act", "extend"),
        "conflicts": reverse("admin:appeals_declaredconflict_changelist"),
        "viewings": reverse("admin:appeals_evidenceview_changelist"),
        "calendars": reverse("admin:appeals_workcalendar_changelist"),
        "rules": reverse("admin:appeals_appealrules_changelist"),
    }
    assert pages.keys() == MAY.keys()
    for role in ROLES:
        client = Client()
        if role == "customer":
            client.force_login(make_user(is_staff=False, customer=plain_customer()))
        elif role is not None:
            client.force_login(make_user(role))
        for name, address in pages.items():
            got = client.get(address).status_code
            if role in MAY[name]:
                assert got == 200, (role, name, got)
            else:
                assert got in (302, 403), (role, name, got)


def test_each_act_is_for_those_who_handle_appeals() -> None:
    customer = plain_customer()
    doers = {
        "take": {}, "assign": {"to": ""}, "message": {"text": "x"}, "ask": {"text": "x"},
        "answer": {"text": "x"}, "note": {"text": "x"}, "withdraw": {"text": "x"},
        "evidence": {}, "reopen": {"text": "x", "channel": "phone"},
    }  # fmt: skip
    from appeals.desk.doing import names

    assert set(names()) == doers.keys()
    appeal = file(customer)
    for role in ROLES:
        if role in ("agent", "supervisor", "administrator"):
            continue
        client = Client()
        if role == "customer":
            client.force_login(make_user(is_staff=False, customer=customer))
        elif role is not None:
            client.force_login(make_user(role))
        for what, data in doers.items():
            assert client.post(page(appeal, "do", what), data).status_code in (302, 403)
        assert fresh(appeal).version == appeal.version, role
    agent = signed_in(handler())
    for what in doers:
        assert agent.get(page(appeal, "do", what)).status_code == 403, "only by POST"


def test_who_is_close_to_the_customer_sees_nothing_of_the_case() -> None:
    customer, agent = plain_customer(), handler()
    appeal = file(customer)
    client = signed_in(agent)
    address = f"{reverse('admin:appeals_appeal_conflict')}?customer={customer.pk}"
    client.post(address, {"relation": "relative", "words": "my brother"})
    for name, args in (("change", ()), ("outlook", ()), ("act", ("decide",)), ("do", ("take",))):
        assert client.get(page(appeal, name, *args)).status_code == 403


# -- cost --------------------------------------------------------------------------------


def test_list_and_case_cost_the_same_however_much_there_is() -> None:
    agent = handler("supervisor")
    client = signed_in(agent)
    customer = late_customer()
    appeal = against_restriction(customer)
    addresses = [reverse("admin:appeals_appeal_changelist"), page(appeal)]

    def cost(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get(address).status_code == 200
        return len(found)

    for address in addresses:
        client.get(address)
    before = [cost(address) for address in addresses]
    for _ in range(4):
        against_restriction(late_customer())
        operations.send_message(appeal=appeal, text="more", by=customer, at=NOW)
        operations.add_note(appeal=appeal, text="more", by=agent, at=NOW)
    assert [cost(address) for address in addresses] == before


def test_the_queue_begins_with_what_is_due_first() -> None:
    client = signed_in(handler("supervisor"))
    dues = []
    for n in (3, 1, 2):
        received = NOW - dt.timedelta(days=n)
        agent = handler()
        appeal = file(plain_customer(), by=agent, channel="phone", received_at=received)
        dues.append((appeal.legal_due_on, appeal.pk))
    shown = client.get(reverse("admin:appeals_appeal_changelist"))
    rows = shown.context["cl"].result_list
    assert [(row.legal_due_on, row.pk) for row in rows] == sorted(dues)


def test_the_start_limits_know_the_acts_of_appeals() -> None:
    assert AuthorityLimit.objects.filter(act="decide_appeal", role="supervisor").exists()
    assert Decimal(0) <= AuthorityLimit.objects.get(act="extend_appeal", role="supervisor").alone
