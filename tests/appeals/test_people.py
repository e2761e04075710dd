"""Who handles an appeal: the one with least to do, nobody close to it, nobody twice; and that
nothing of staff's own talk reaches a customer, nor anything of one customer another."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib import admin
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.desk.export import tables
from appeals import eligibility, operations
from appeals.admin.kept_apart import KeptApart
from appeals.choices import State
from appeals.letters.models import Letter
from appeals.models import Appeal, AppealDecision, InternalNote, Message
from appeals.offers.models import Offer
from appeals.operations import AppealRefused, NotAllowed
from appeals.queries import mine
from appeals.subjects import NoSuchSubject
from billing import operations as money
from config.places import BASE
from risk import operations as risk
from tests.appeals.cases import (
    NOW,
    TODAY,
    bill,
    decline,
    episode,
    fee,
    file,
    findings,
    fresh,
    handler,
    in_state,
    late_customer,
    plain_customer,
    restriction,
)
from tests.factories import line, make_user

pytestmark = pytest.mark.django_db


# -- assignment --------------------------------------------------------------------------


def test_a_new_appeal_goes_to_whoever_has_least_to_do() -> None:
    first, second = handler(), handler()
    owners = [fresh(file(plain_customer())).assigned_to for _ in range(4)]
    assert owners.count(first) == owners.count(second) == 2


def test_those_who_lead_get_one_only_if_nobody_else_may() -> None:
    chief = handler("supervisor")
    assert fresh(file(plain_customer())).assigned_to == chief
    agent = handler()
    assert fresh(file(plain_customer())).assigned_to == agent


def test_nobody_is_given_what_nobody_may_have() -> None:
    make_user("auditor")
    assert fresh(file(plain_customer())).assigned_to is None


def test_those_who_lead_give_it_to_others_and_agents_only_to_themselves() -> None:
    chief, one, two = handler("supervisor"), handler(), handler()
    appeal = file(plain_customer())
    operations.assign(appeal=appeal, to=one, by=chief, at=NOW)
    with pytest.raises(NotAllowed):
        operations.assign(appeal=appeal, to=two, by=two, at=NOW)
    with pytest.raises(AppealRefused):
        operations.assign(appeal=appeal, to=make_user("auditor"), by=chief, at=NOW)
    operations.assign(appeal=appeal, to=two, by=chief, at=NOW)
    assert fresh(appeal).assigned_to == two


# -- conflicts ---------------------------------------------------------------------------


def test_who_is_close_to_a_customer_handles_none_of_their_cases() -> None:
    agent, customer = handler(), plain_customer()
    appeal = file(customer)
    assert fresh(appeal).assigned_to == agent
    other = handler()
    operations.declare_conflict(
        user=agent, customer=customer, relation="relative", by=agent, at=NOW
    )
    assert fresh(appeal).assigned_to == other
    for act in (
        lambda: operations.take(appeal=appeal, by=agent, at=NOW),
        lambda: operations.add_note(appeal=appeal, text="x", by=agent, at=NOW),
        lambda: operations.send_message(appeal=appeal, text="x", by=agent, at=NOW),
        lambda: operations.assign(appeal=appeal, to=agent, by=agent, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    later = file(customer)
    assert fresh(later).assigned_to == other


def test_lists_and_their_files_leave_out_whom_their_reader_is_close_to() -> None:
    chief = handler("supervisor")
    close, other = file(plain_customer()), file(plain_customer())
    operations.declare_conflict(
        user=chief, customer=close.customer, relation="relative", by=chief, at=NOW
    )
    request = RequestFactory().get("/")
    request.user = chief
    site = admin.site._registry[Appeal]
    for found in (site.get_changelist_instance(request), tables.changelist(site, request)):
        assert list(found.queryset) == [other]
    for model in (Appeal, Offer, Letter):
        assert isinstance(admin.site._registry[model], KeptApart)


def test_a_conflict_is_declared_by_oneself_and_ended_by_another() -> None:
    agent, chief, customer = handler(), handler("supervisor"), plain_customer()
    given = {"customer": customer, "relation": "own", "at": NOW}
    with pytest.raises(NotAllowed):
        operations.declare_conflict(user=chief, by=agent, **given)
    row = operations.declare_conflict(user=agent, by=agent, **given)
    assert operations.declare_conflict(user=agent, by=chief, **given) == row
    for by in (agent, handler()):
        with pytest.raises(NotAllowed):
            operations.end_conflict(conflict=row, by=by, at=NOW)
    operations.end_conflict(conflict=row, by=chief, at=NOW)
    assert not eligibility.in_conflict(agent, customer.pk)


def test_nobody_handles_what_they_decided_themselves() -> None:
    author, other, customer = handler(), handler(), late_customer()
    risk.restrict_line(
        line=line(customer), number="M-1", effect="suspend", on=TODAY, by=author, reason="odd"
    )
    appeal = file(customer, ("restriction", restriction(customer, "manual:M-1").pk))
    assert fresh(appeal).assigned_to == other
    with pytest.raises(NotAllowed):
        operations.take(appeal=appeal, by=author, at=NOW)


# -- second review -----------------------------------------------------------------------


def declined(customer, by) -> Appeal:
    appeal = in_state(customer, State.IN_REVIEW, by)
    decline(appeal, by)
    return fresh(appeal)


def test_a_second_review_is_done_once_and_by_somebody_else() -> None:
    first, second, customer = handler(), handler(), plain_customer()
    appeal = declined(customer, first)
    again = operations.reopen(
        appeal=appeal, words="You did not read it", by=customer, at=NOW, on=TODAY
    )
    assert (again.second_review_of, fresh(again).assigned_to) == (appeal, second)
    assert again.legal_due_on == TODAY + dt.timedelta(days=20)
    with pytest.raises(NotAllowed):
        operations.take(appeal=again, by=first, at=NOW)
    with pytest.raises(AppealRefused):
        operations.reopen(appeal=appeal, words="Once more", by=customer, at=NOW, on=TODAY)
    operations.take(appeal=again, by=second, at=NOW)
    decline(again, second)
    with pytest.raises(AppealRefused):
        operations.reopen(appeal=fresh(again), words="Third", by=customer, at=NOW, on=TODAY)
    assert AppealDecision.objects.get(appeal=again).further


def test_the_database_too_wants_another_to_review() -> None:
    first, customer = handler(), plain_customer()
    appeal = declined(customer, first)
    again = operations.reopen(appeal=appeal, words="Again", by=customer, at=NOW, on=TODAY)
    with pytest.raises(DatabaseError, match="somebody else"), transaction.atomic():
        AppealDecision.objects.create(
            appeal=again, result="declined", asked="a", found="f", reasons="r", decided_on=TODAY,
            decided_at=NOW, decided_by=first,
        )  # fmt: skip


def test_a_second_review_is_asked_for_in_time_and_of_what_was_declined() -> None:
    agent, customer = handler(), plain_customer()
    appeal = declined(customer, agent)
    late = NOW + dt.timedelta(days=31)
    with pytest.raises(AppealRefused):
        operations.reopen(appeal=appeal, words="Late", by=customer, at=late, on=TODAY)
    granted = in_state(customer, State.IN_REVIEW, agent)
    operations.decide(
        appeal=granted, result="granted", found="We were wrong.", reasons="Our error.",
        changes="We have corrected it.", by=agent, at=NOW, on=TODAY,
    )  # fmt: skip
    with pytest.raises(AppealRefused):
        operations.reopen(appeal=fresh(granted), words="More", by=customer, at=NOW, on=TODAY)


# -- what it may be about ----------------------------------------------------------------


def test_nobody_contests_what_is_anothers_and_learns_nothing_of_it() -> None:
    mine_, theirs = late_customer(), late_customer()
    said = set()
    for subject in (
        ("restriction", restriction(theirs).pk), ("episode", episode(theirs).pk),
        ("fee", fee(theirs).pk), ("bill", bill(theirs).pk), ("point", 2**62), ("bill", -1),
        ("transaction", bill(theirs).pk), ("none", 1), ("anything", 1),
    ):  # fmt: skip
        with pytest.raises(NoSuchSubject) as refused:
            file(mine_, subject)
        said.add(str(refused.value))
    assert len(said) == 1
    assert not Appeal.objects.exists()


def test_one_cause_is_contested_in_one_open_appeal_at_a_time() -> None:
    customer = late_customer()
    subject = ("restriction", restriction(customer).pk)
    appeal = file(customer, subject)
    with pytest.raises(AppealRefused, match=appeal.number):
        file(customer, ("episode", episode(customer).pk), subject)
    operations.withdraw(appeal=appeal, by=customer, at=NOW, on=TODAY)
    assert file(customer, subject).is_open


def test_the_same_form_sent_twice_files_one_appeal() -> None:
    customer = plain_customer()
    token = "6f0c4ad2-4fb1-4df0-8a2a-0d5a7d3b0c11"
    assert file(customer, token=token) == file(customer, token=token)


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "praise"}, {"words": "  "}, {"words": "a\0b"}, {"words": "x" * 5001},
        {"asks": ["money"]}, {"channel": "letter"}, {"channel": "pigeon"},
    ],
)  # fmt: skip
def test_what_makes_no_appeal_is_refused(given) -> None:
    with pytest.raises((AppealRefused, NotAllowed)):
        file(plain_customer(), **given)


def test_an_appeal_did_not_arrive_later_than_now_nor_before_the_customer() -> None:
    agent = handler()
    for received in (NOW + dt.timedelta(minutes=1), NOW - dt.timedelta(days=400)):
        with pytest.raises(AppealRefused):
            file(plain_customer(), by=agent, channel="phone", received_at=received)


def test_every_cause_is_decided_with_reasons() -> None:
    customer, agent = late_customer(), handler()
    two = (("restriction", restriction(customer).pk), ("episode", episode(customer).pk))
    appeal = in_state(customer, State.IN_REVIEW, agent, *two)
    given = {"appeal": appeal, "by": agent, "at": NOW, "on": TODAY}
    for bad in (
        {"findings": findings(appeal)[:1], "reasons": "enough"},
        {"findings": [*findings(appeal), findings(appeal)[0]], "reasons": "enough"},
        {"findings": findings(appeal), "reasons": " "},
        {"findings": findings(appeal, True), "reasons": "enough", "changes": ""},
    ):
        with pytest.raises(AppealRefused):
            operations.decide(**given, **bad)
    assert fresh(appeal).state == State.IN_REVIEW


# -- leaks -------------------------------------------------------------------------------

SECRET = "ZQXJ-never-for-the-customer"


def test_what_staff_note_reaches_nothing_that_a_customer_reads() -> None:
    customer, agent = plain_customer(), handler()
    appeal = in_state(customer, State.IN_REVIEW, agent)
    operations.add_note(appeal=appeal, text=SECRET, by=agent, at=NOW)
    operations.send_message(appeal=appeal, text="Hello", by=agent, at=NOW)
    with CaptureQueriesContext(connection) as asked:
        found = mine.appeal_of(customer.pk, appeal.public_id)
        rows = mine.appeals_of(customer.pk)
    assert SECRET not in repr(found) + repr(rows)
    assert [said.text for said in found.thread] == ["Hello"]
    assert not [q for q in asked if "internalnote" in q["sql"].lower()]


def test_the_models_give_no_way_from_an_appeal_or_a_message_to_a_note() -> None:
    for model in (Appeal, Message):
        names = [field.related_model for field in model._meta.get_fields() if field.is_relation]
        visible = [
            field.get_accessor_name()
            for field in model._meta.get_fields(include_hidden=True)
            if field.auto_created and field.related_model is InternalNote
        ]
        assert InternalNote not in names
        assert set(visible) <= {"+"}, "no name leads back to the notes"
    columns = {field.name for field in Message._meta.get_fields()}
    assert columns == {"id", "appeal", "author", "by", "text", "at"}, "no flag can make one secret"


def test_no_door_of_the_customers_knows_of_notes() -> None:
    doors = [Path(BASE, "appeals", "queries", "mine.py")]
    doors += list(Path(BASE).glob("*/portal/**/*.py"))
    doors += list(Path(BASE).glob("*/api/**/*.py"))
    for path in doors:
        assert "InternalNote" not in path.read_text(encoding="utf-8"), path
    for path in Path(BASE, "templates", "my").rglob("*.html"):
        assert "note" not in path.read_text(encoding="utf-8").split(), path


def test_a_customer_finds_their_own_appeals_and_no_others() -> None:
    customer, stranger = late_customer(), late_customer()
    appeal = file(customer, ("restriction", restriction(customer).pk))
    assert [row.appeal for row in mine.appeals_of(customer.pk)] == [appeal]
    assert mine.appeals_of(stranger.pk) == []
    assert mine.appeal_of(stranger.pk, appeal.public_id) is None
    found = mine.appeal_of(customer.pk, appeal.public_id)
    assert "withdraw" in found.may
    assert found.causes[0].title
    offered = mine.to_appeal_against(stranger.pk)
    assert ("restriction", restriction(customer).pk) not in [(k, pk) for k, pk, _ in offered]


def test_every_kind_of_thing_can_be_contested_from_the_list() -> None:
    customer = late_customer()
    money.book_repayment(line=line(customer), amount=Decimal(5), number="R-5", on=TODAY)
    offered = mine.to_appeal_against(customer.pk)
    assert {kind for kind, _pk, _words in offered} == {
        "restriction", "episode", "bill", "fee", "point", "transaction",
    }  # fmt: skip
    for kind in ("point", "transaction"):
        chosen = next((kind, pk) for found, pk, _words in offered if found == kind)
        assert file(customer, chosen).subject_kind == kind
