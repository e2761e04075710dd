"""The moves of an appeal: who may make which, from where; and that nothing else changes it."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from django.db import DatabaseError, connection, transaction

from appeals import operations
from appeals.choices import ENDED, State, Who
from appeals.migrations import _guards
from appeals.models import Appeal, AppealEvent
from appeals.moves import MOVES, pairs
from appeals.operations import NotAllowed, Stale, WrongState
from appeals.remedies import Package
from tests.appeals.cases import (
    NOW,
    TODAY,
    decline,
    file,
    fresh,
    handler,
    in_state,
    late_customer,
    plain_customer,
    restriction,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_the_database_knows_the_same_moves() -> None:
    assert set(_guards.PAIRS) == pairs()


def made(name, appeal, by, customer):
    """The operation behind a move."""
    given = {"appeal": appeal, "by": by, "at": NOW}
    package = Package.load({"as_of": TODAY.isoformat(), "remedies": [LIFT]})
    return {
        "take": lambda: operations.take(**given),
        "ask_customer": lambda: operations.ask_customer(**given, text="What?", on=TODAY),
        "answer": lambda: operations.answer(**given, text="This."),
        "negotiate": lambda: operations.negotiate(**given),
        "resume": lambda: operations.resume(**given),
        "ask_approval": lambda: operations.ask_approval(**given),
        "turn_down": lambda: operations.turn_down(**given),
        "decide": lambda: decline(appeal, by),
        "settle": lambda: operations.settle(
            **given, found="so", reasons="so", changes="so", package=package, on=TODAY,
            decided_by=make_user("agent"),
        ),
        "withdraw": lambda: operations.withdraw(**given, on=TODAY, why="said so"),
    }[name]  # fmt: skip


LIFT = {
    "kind": "lifted_restriction", "product": "pay_later", "code": "own_overdue",
    "trigger": "own_overdue", "until_on": "2026-04-20",
}  # fmt: skip
OPERATIONS = [name for name in MOVES if name not in ("expire", "approve_offer")]


@pytest.mark.parametrize("state", list(State))
def test_a_move_is_made_where_the_table_says_and_by_whom(state) -> None:
    customer, staff = plain_customer(), handler()
    appeal = in_state(customer, state, staff)
    actors = {Who.CUSTOMER: customer, Who.STAFF: staff, Who.SYSTEM: None}
    for name, (who, by) in itertools.product(OPERATIONS, actors.items()):
        with transaction.atomic():
            rule = MOVES[name]
            act = made(name, appeal, by, customer)
            if state in rule.before and who in rule.who:
                act()
                _made_and_logged(appeal, name, who, staff)
            else:
                with pytest.raises((NotAllowed, WrongState)):
                    act()
                assert fresh(appeal).version == appeal.version, (name, state, who)
            transaction.set_rollback(True)


def _made_and_logged(appeal, name, who, staff) -> None:
    now = fresh(appeal)
    row = AppealEvent.objects.get(appeal=appeal, version=now.version)
    assert now.state == MOVES[name].after
    assert (row.move, row.from_state, row.to_state) == (name, appeal.state, now.state)
    assert (row.who, row.at) == (who, NOW)
    assert row.by == (staff if who == Who.STAFF else None)


def test_nobody_else_moves_it() -> None:
    customer, staff = plain_customer(), handler()
    others = [plain_customer(), make_user("auditor"), make_user("risk_analyst"), make_user()]
    for name in OPERATIONS:
        with transaction.atomic():
            appeal = in_state(customer, MOVES[name].before[0], staff)
            for by in others:
                with pytest.raises(NotAllowed):
                    made(name, appeal, by, customer)()
            assert fresh(appeal).version == appeal.version
            transaction.set_rollback(True)


def test_a_page_that_is_out_of_date_changes_nothing() -> None:
    staff = handler()
    appeal = in_state(plain_customer(), State.IN_REVIEW, staff)
    operations.send_message(appeal=appeal, text="One more thing", by=appeal.customer, at=NOW)
    with pytest.raises(Stale):
        operations.withdraw(
            appeal=appeal, by=staff, at=NOW, on=TODAY, why="rang us", version=appeal.version
        )


# -- the database ------------------------------------------------------------------------


def updated(appeal, **columns) -> None:
    """An update of many rows, as if committed."""
    with transaction.atomic():
        Appeal.objects.filter(pk=appeal.pk).update(**columns)
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")


@pytest.mark.parametrize("state", list(State))
def test_no_update_of_many_moves_an_appeal(state) -> None:
    appeal = in_state(plain_customer(), State.SUBMITTED, handler())
    with pytest.raises(DatabaseError):
        updated(appeal, state=state, ended_at=NOW)


def test_a_move_that_leaves_no_log_is_refused_at_the_commit() -> None:
    appeal = in_state(plain_customer(), State.SUBMITTED, handler())
    with pytest.raises(DatabaseError, match="without a row in its log"):
        updated(appeal, state=State.IN_REVIEW, version=appeal.version + 1)


@pytest.mark.parametrize("state", ENDED)
def test_what_has_ended_is_not_touched_again(state) -> None:
    appeal = in_state(plain_customer(), state, handler())
    with pytest.raises(DatabaseError), transaction.atomic():
        Appeal.objects.filter(pk=appeal.pk).update(version=appeal.version + 1)


@pytest.mark.parametrize(
    "change",
    [
        "update appeals_appeal set words = 'nothing', version = version + 1",
        "update appeals_appeal set received_on = received_on + 1, version = version + 1",
        "delete from appeals_appeal",
        "truncate appeals_appeal cascade",
        "update appeals_appealevent set why = 'no'",
        "delete from appeals_appealevent",
        "update appeals_message set text = 'no'",
        "update appeals_internalnote set text = 'no'",
        "update appeals_contestedcause set subject_id = subject_id + 1",
        "delete from appeals_contestedcause",
    ],
)
def test_what_was_said_and_done_is_not_edited(change) -> None:
    staff = handler()
    customer = late_customer()
    appeal = in_state(
        customer, State.WAITING_CUSTOMER, staff, ("restriction", restriction(customer).pk)
    )
    operations.add_note(appeal=appeal, text="hm", by=staff, at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_an_appeal_begins_as_submitted() -> None:
    appeal = file(plain_customer())
    copy = Appeal.objects.get(pk=appeal.pk)
    copy.pk, copy.number, copy.public_id = None, "AP-X", "00000000-0000-4000-8000-000000000001"
    copy.state, copy.version = State.IN_REVIEW, 1
    with pytest.raises(DatabaseError), transaction.atomic():
        copy.save(force_insert=True)


def test_the_log_tells_the_whole_way() -> None:
    customer, staff = plain_customer(), handler()
    appeal = in_state(customer, State.WAITING_CUSTOMER, staff)
    later = NOW + dt.timedelta(hours=5)
    operations.answer(appeal=appeal, text="St Mary's", by=customer, at=later)
    decline(appeal, staff, at=later)
    rows = AppealEvent.objects.filter(appeal=appeal).order_by("version")
    assert [(row.version, row.move, row.to_state) for row in rows] == [
        (1, "submit", "submitted"), (2, "assign", "submitted"), (3, "take", "in_review"),
        (4, "ask_customer", "waiting_customer"), (5, "answer", "in_review"),
        (6, "decide", "decided"),
    ]  # fmt: skip
