"""A mandate that a customer gives on the phone or by letter: put on record by staff, ended by them.

Nowhere in the database stands the whole number of the account.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import crypto
from accounts.marks import MarkKind
from accounts.models import ActRequest, Mark, Notice, StaffAct
from billing.channels.layout import SAMPLE
from billing.debits import mandates
from billing.debits.channel import NoAnswer
from billing.debits.sandbox import Sandbox
from billing.models import Channel, Mandate
from risk.desk import acts
from tests.factories import line, make_customer, make_user, open_days, start_with_limits

pytestmark = pytest.mark.django_db

FIRST, TODAY = dt.date(2025, 1, 1), dt.date(2025, 3, 20)
NUMBER = "6222020200001234"


@pytest.fixture(autouse=True)
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    start_with_limits()
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    Channel.objects.create(
        code="sandbox", name="Sandbox Pay", layout=SAMPLE, since=FIRST, debit_times=[dt.time(8)]
    )


@pytest.fixture
def customer(world: None) -> Any:
    found = make_customer(FIRST)
    open_days(found, FIRST, TODAY)
    return found


def desk(role: str) -> Client:
    client = Client()
    client.force_login(make_user(role, language="en"))
    return client


def page(customer: Any, code: str = "give_mandate") -> str:
    return reverse("admin:accounts_customer_act", args=[customer.pk, code])


def given(customer: Any, **changes: Any) -> dict[str, Any]:
    return {
        "line": line(customer).pk, "bank": "ICBC", "account": "6222 0202 0000 1234",
        "consent": "phone", "reason": "other", "words": "asked for it on the phone", **changes,
    }  # fmt: skip


def preview(client: Client, customer: Any, code: str, data: dict[str, Any]) -> Any:
    return client.post(page(customer, code), {**data, "token": uuid.uuid4(), "step": "preview"})


def confirm(client: Client, customer: Any, code: str, shown: Any) -> Any:
    """Press the preview's button, with what the page itself carries."""
    sent = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', shown.content.decode()))
    return client.post(page(customer, code), {**sent, "step": "confirm"})


def do(client: Client, customer: Any, code: str, data: dict[str, Any]) -> Any:
    return confirm(client, customer, code, preview(client, customer, code, data))


def tables_with(text: str) -> list[str]:
    """The tables of the database in which a text stands."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"select exists (select from {table} t where t::text like %s)",
                           [f"%{text}%"])  # fmt: skip
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_a_supervisor_puts_one_on_record_and_it_stands_at_once(customer: Any) -> None:
    client = desk("supervisor")
    before = mandates.give(
        line=line(customer), bank="CCB", account="6222020200009999", on=FIRST,
        at=timezone.now(), via="portal",
    )  # fmt: skip
    shown = preview(client, customer, "give_mandate", given(customer))
    text = shown.content.decode()
    assert "debited from ICBC ****1234" in text
    assert "take the place of the mandate for CCB ****9999" in text
    assert NUMBER not in text
    assert "6222 0202 0000 1234" not in text
    assert mandates.standing(customer) == [before]  # a preview does nothing
    assert confirm(client, customer, "give_mandate", shown).status_code == 302

    (mandate,) = mandates.standing(customer)
    done = StaffAct.objects.get()
    assert (mandate.bank, mandate.account, mandate.token) == ("ICBC", "****1234", "SBX-1234")
    assert (mandate.via, mandate.given_by, mandate.given_on) == ("desk", done.done_by, TODAY)
    assert (done.words, done.data["consent"]) == ("asked for it on the phone", "phone")
    assert Notice.objects.filter(customer=customer, kind="decision").count() == 1
    assert tables_with(NUMBER) == tables_with("6222 0202 0000 1234") == []
    text = client.get(
        reverse("admin:accounts_customer_change", args=[customer.pk])
    ).content.decode()
    assert text.count("ICBC ****1234") >= 2  # the panel and the timeline
    assert "Debit mandates" in text


def test_an_agent_asks_and_the_approver_sees_the_account_not_its_number(customer: Any) -> None:
    assert do(desk("agent"), customer, "give_mandate", given(customer)).status_code == 302
    request = ActRequest.objects.get()
    assert not Mandate.objects.exists()
    assert tables_with(NUMBER) == tables_with("6222 0202 0000 1234") == []
    boss, address = desk("supervisor"), reverse(
        "admin:accounts_actrequest_change", args=[request.pk]
    )  # fmt: skip
    shown = boss.get(address)
    assert "ICBC ****1234" in shown.content.decode()
    assert "On the phone, recorded" in shown.content.decode()
    sent = {"step": "approve", "words": "heard the recording", "seen": shown.context["seen"]}
    assert boss.post(address, sent).status_code == 302
    (mandate,) = mandates.standing(customer)
    assert mandate.given_by == request.requested_by
    assert StaffAct.objects.get().approved_by is not None


def test_it_is_ended_at_the_desk(customer: Any) -> None:
    client = desk("supervisor")
    do(client, customer, "give_mandate", given(customer))
    (mandate,) = mandates.standing(customer)
    sent = {"mandate": mandate.pk, "reason": "other", "words": "revoked by letter"}
    assert do(client, customer, "revoke_mandate", sent).status_code == 302
    assert mandates.standing(customer) == []
    mandate.refresh_from_db()
    assert (mandate.end.via, mandate.end.reason) == ("desk", "revoked by letter")
    text = client.get(
        reverse("admin:accounts_customer_change", args=[customer.pk])
    ).content.decode()
    assert "revoked by letter" in text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"account": "1234"}, "account"),
        ({"account": "６２２２０２０２００００１２３４"}, "account"),
        ({"account": "x" * 120}, "account"),
        ({"account": ""}, "account"),
        ({"bank": " "}, "bank"),
        ({"bank": "B" * 61}, "bank"),
        ({"consent": "guessed"}, "consent"),
        ({"line": "0"}, "line"),
        ({"words": ""}, "words"),
    ],
)
def test_bad_input_is_said_at_its_field(customer: Any, changes: Any, field: str) -> None:
    shown = preview(desk("supervisor"), customer, "give_mandate", given(customer, **changes))
    assert field in shown.context["form"].errors
    assert shown.context["preview"] is None if "preview" in shown.context else True


def test_a_sealed_account_is_good_for_its_customer_and_bank_alone(customer: Any) -> None:
    other = make_customer(FIRST)
    sealed = mandates.register(bank="ICBC", account=NUMBER).sealed(other)
    forged = crypto.encrypt("{}").decode()
    for text, bank in ((sealed, "ICBC"), (f"{sealed[:-4]}AAA=", "ICBC"), (forged, "ICBC")):
        shown = preview(
            desk("supervisor"), customer, "give_mandate", given(customer, account=text, bank=bank)
        )
        assert "Enter the account number again." in shown.context["form"].errors["account"]
        assert text not in shown.content.decode()
    mine = mandates.register(bank="ICBC", account=NUMBER).sealed(customer)
    shown = preview(
        desk("supervisor"), customer, "give_mandate", given(customer, account=mine, bank="CCB")
    )
    assert "account" in shown.context["form"].errors


def test_changing_the_form_asks_for_the_number_again(customer: Any) -> None:
    client = desk("supervisor")
    shown = preview(client, customer, "give_mandate", given(customer))
    sent = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', shown.content.decode()))
    form = client.post(page(customer), {**sent, "step": "edit"}).context["form"]
    assert (form["bank"].value(), form["account"].value()) == ("ICBC", "")


def test_it_is_refused_under_a_mark_and_while_the_channel_is_silent(
    customer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = desk("supervisor")
    shown = preview(client, customer, "give_mandate", given(customer))
    Mark.objects.create(
        customer=customer, kind=MarkKind.COURT_FREEZE, from_on=FIRST, reason="order 7",
        set_by=make_user(), set_at=timezone.now(),
    )  # fmt: skip
    answer = confirm(client, customer, "give_mandate", shown)
    assert "Nothing may be debited" in str(answer.context["form"].non_field_errors())

    def silent(self: Any, **asked: str) -> str:
        raise NoAnswer

    monkeypatch.setattr(Sandbox, "register", silent)
    answer = preview(client, customer, "give_mandate", given(customer))
    assert "does not answer" in str(answer.context["form"].errors["account"])
    assert not Mandate.objects.exists()


def test_without_a_channel_that_debits_there_is_nothing_to_choose(customer: Any) -> None:
    Channel.objects.update(active=False)
    assert desk("agent").get(page(customer)).context["nothing_to_choose"]
