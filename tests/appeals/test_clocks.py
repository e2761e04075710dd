"""The two clocks: days by law that never rest, working hours that rest while the customer has to
answer."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Notice, WorkItem
from appeals import operations, rules
from appeals.choices import State
from appeals.clocks import calendar, legal, service
from appeals.models import AppealEvent
from appeals.operations import AppealRefused, NotAllowed
from tests.appeals.cases import NOW, TODAY, decline, file, fresh, handler, in_state, plain_customer

SHANGHAI, LONDON, NEW_YORK = (
    ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/London", "America/New_York")
)
CN, WEEKDAYS = calendar.shipped("cn"), calendar.shipped("weekdays")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


# -- by law ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-03-20T23:59:59", SHANGHAI, dt.date(2026, 3, 20)),
        ("2026-03-21T00:00:00", SHANGHAI, dt.date(2026, 3, 21)),
        ("2026-03-29T00:30:00", LONDON, dt.date(2026, 3, 29)),
        ("2026-11-01T01:30:00", NEW_YORK, dt.date(2026, 11, 1)),
    ],
)
def test_the_day_of_receipt_is_that_of_the_books_zone(moment, zone, day) -> None:
    assert legal.received_on(at(moment, zone).astimezone(dt.UTC), zone) == day


def test_twenty_days_from_receipt_do_not_count_the_day_itself() -> None:
    due = legal.due_on(dt.date(2026, 3, 20), 20)
    assert due == dt.date(2026, 4, 9)
    assert legal.left(due, dt.date(2026, 4, 9)) == 0
    assert legal.left(due, dt.date(2026, 4, 10)) == -1


@pytest.mark.parametrize(
    ("left", "alarm"),
    [(20, None), (11, None), (10, 10), (9, 10), (6, 10), (5, 5), (2, 5), (1, 1), (0, 1), (-1, -1)],
)
def test_an_alarm_is_due_from_its_day_until_the_next(left, alarm) -> None:
    assert legal.alarm(left, (10, 5, 1)) == alarm


# -- working hours -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-20T10:00", 1, "2026-03-20T11:00"),
        ("2026-03-20T11:30", 1, "2026-03-20T13:30"),  # over noon
        ("2026-03-20T17:00", 2, "2026-03-23T10:00"),  # over a week-end
        ("2026-03-21T12:00", 8, "2026-03-23T18:00"),  # begun on a Saturday
        ("2026-03-20T07:00", 8, "2026-03-20T18:00"),  # the day's last moment still counts
        ("2026-02-13T17:00", 2, "2026-02-14T10:00"),  # a Saturday that is worked
        ("2026-02-14T17:00", 2, "2026-02-24T10:00"),  # over the Spring Festival
    ],
)
def test_a_promise_counts_the_hours_that_are_worked(start, hours, end) -> None:
    assert service.after(at(start), hours * 3600, CN, SHANGHAI) == at(end)
    assert service.between(at(start), at(end), CN, SHANGHAI) == hours * 3600


def test_a_span_over_the_change_of_clocks_is_as_long_as_it_is() -> None:
    nights = calendar.load({"hours": {"sunday": ["00:00-04:00"]}, "holidays": {}, "worked": []})
    start, end = at("2026-03-29T00:00", LONDON), at("2026-03-29T04:00", LONDON)
    assert service.between(start, end, nights, LONDON) == 3 * 3600
    start, end = at("2026-11-01T00:00", NEW_YORK), at("2026-11-01T04:00", NEW_YORK)
    assert service.between(start, end, nights, NEW_YORK) == 5 * 3600


def test_what_is_overrun_stays_so() -> None:
    now = at("2026-03-20T10:00")
    assert service.between(now, at("2026-03-19T17:00"), CN, SHANGHAI) == -2 * 3600
    assert service.after(now, -7200, CN, SHANGHAI) < now


@pytest.mark.parametrize(
    "document",
    [
        None,
        {"hours": {}},
        {"hours": {"monday": ["9-17"]}},
        {"hours": {"monday": ["17:00-09:00"]}},
        {"hours": {"monday": ["09:00-12:00", "11:00-18:00"]}},
        {"hours": {"someday": ["09:00-12:00"]}},
        {"hours": {"monday": ["09:00-12:00"]}, "worked": ["2026-13-01"]},
        {"hours": {"monday": ["09:00-12:00"]}, "holidays": {"x": ["2026-01-01/2027-01-01"]}},
        {
            "hours": {"monday": ["09:00-12:00"]}, "holidays": {"x": ["2026-01-01"]},
            "worked": ["2026-01-01"],
        },
    ],
)  # fmt: skip
def test_a_calendar_that_does_not_hold_is_refused(document) -> None:
    with pytest.raises(calendar.CalendarError):
        calendar.load(document)


@pytest.mark.parametrize("name", ["cn", "us", "uk", "contract"])
def test_every_preset_has_its_figures(name) -> None:
    figures = rules.preset(name)
    calendar.shipped(figures.service.calendar)
    assert rules.load(figures.document()) == figures


def test_the_presets_of_china_are_those_of_the_law() -> None:
    clocks = rules.preset("cn").legal
    assert clocks.objection.days == 20
    assert [clocks.complaint.stage(n) for n in (0, 1, 2)] == [15, 30, 60]


@pytest.mark.parametrize(
    "change",
    [
        {"alarms": [1, 5]}, {"alarms": []}, {"review_days": 0}, {"more": 1},
        {"legal": {"appeal": {"days": 20, "extended": 10}}},
    ],
)  # fmt: skip
def test_rules_that_do_not_hold_are_refused(change) -> None:
    with pytest.raises(rules.RulesError):
        rules.load({**rules.preset("cn").document(), **change})


# -- in the book -------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_letter_counts_from_its_arrival_not_from_its_entry() -> None:
    arrived = at("2026-03-18T23:30")
    appeal = file(
        plain_customer(), by=handler(), channel="letter", kind="objection", received_at=arrived
    )
    assert appeal.received_on == dt.date(2026, 3, 18)
    assert appeal.legal_due_on == dt.date(2026, 4, 7)


@pytest.mark.django_db
def test_the_promise_rests_while_the_customer_has_to_answer_and_the_law_does_not() -> None:
    customer, agent = plain_customer(), handler()
    appeal = in_state(customer, State.WAITING_CUSTOMER, agent)
    assert appeal.service_due_at is None
    left = appeal.service_left
    answered = at("2026-03-25T10:00")
    operations.answer(appeal=appeal, text="Here", by=customer, at=answered)
    now = fresh(appeal)
    assert service.between(answered, now.service_due_at, CN, SHANGHAI) == left
    assert now.legal_due_on == appeal.legal_due_on


@pytest.mark.django_db
def test_alarms_ring_once_each_and_again_for_nobody() -> None:
    customer, agent = plain_customer(), handler()
    appeal = file(customer)
    rang = []
    for days in range(0, 24):
        now = NOW + dt.timedelta(days=days)
        n = operations.escalate(at=now)
        assert operations.escalate(at=now) == 0, "the same hour twice changes nothing"
        rang += [20 - days] * n
    assert rang == [10, 5, 1, -1]
    log = AppealEvent.objects.filter(appeal=appeal, move__in=["alarm", "overrun"])
    assert [row.why for row in log.order_by("version")] == ["10", "5", "1", "-1"]
    assert fresh(appeal).state == State.SUBMITTED, "overrun is visible, and closes nothing"
    urgent = WorkItem.objects.get(queue="appeals", key=appeal.number)
    assert urgent.priority == 1
    assert WorkItem.objects.filter(queue="appeals_late", key=appeal.number, done_at=None).exists()
    operations.take(appeal=appeal, by=agent, at=NOW)
    decline(appeal, agent, at=NOW + dt.timedelta(days=23))
    assert not WorkItem.objects.filter(key=appeal.number, done_at=None).exists()


@pytest.mark.django_db
def test_who_does_not_answer_is_reminded_and_only_then_it_ends() -> None:
    customer, agent = plain_customer(), handler()
    appeal = in_state(customer, State.WAITING_CUSTOMER, agent)
    for days, state, told in (
        (7, "waiting_customer", 0), (8, "waiting_customer", 1), (15, "waiting_customer", 1),
        (16, "expired", 1),
    ):  # fmt: skip
        now = NOW + dt.timedelta(days=days)
        for _ in range(2):
            operations.expire(at=now, on=now.date())
        assert fresh(appeal).state == state, days
        told_now = Notice.objects.filter(customer=customer, kind="appeal_reminder").count()
        assert told_now == told, days


@pytest.mark.django_db
def test_an_answer_in_the_last_moment_keeps_it_open() -> None:
    customer, agent = plain_customer(), handler()
    appeal = in_state(customer, State.WAITING_CUSTOMER, agent)
    late = NOW + dt.timedelta(days=15)
    operations.expire(at=NOW + dt.timedelta(days=8), on=TODAY)
    operations.send_message(appeal=fresh(appeal), text="Sorry, here it is", by=customer, at=late)
    assert operations.expire(at=late + dt.timedelta(days=30), on=TODAY) == (0, 0)
    assert fresh(appeal).state == State.IN_REVIEW


@pytest.mark.django_db
def test_a_complaint_is_extended_to_30_days_and_by_two_seniors_to_60() -> None:
    chief, other, agent = handler("supervisor"), handler("supervisor"), handler()
    customer = plain_customer()
    appeal = file(customer, kind="complaint")
    assert appeal.legal_due_on == TODAY + dt.timedelta(days=15)
    given = {"appeal": appeal, "why": "The channel has not answered.", "at": NOW}
    with pytest.raises(NotAllowed):
        operations.extend(**given, by=agent)
    operations.extend(**given, by=chief)
    assert fresh(appeal).legal_due_on == TODAY + dt.timedelta(days=30)
    for approver in (None, chief, agent):
        with pytest.raises(NotAllowed):
            operations.extend(**given, by=chief, approved_by=approver)
    operations.extend(**given, by=chief, approved_by=other)
    assert fresh(appeal).legal_due_on == TODAY + dt.timedelta(days=60)
    with pytest.raises(AppealRefused):
        operations.extend(**given, by=chief, approved_by=other)
    assert Notice.objects.filter(customer=customer, kind="appeal_extended").count() == 2


@pytest.mark.django_db
def test_an_objection_is_not_extended_and_nothing_is_once_it_is_late() -> None:
    chief = handler("supervisor")
    late = NOW + dt.timedelta(days=16)
    with pytest.raises(AppealRefused):
        operations.extend(
            appeal=file(plain_customer(), kind="objection"), why="Takes long", by=chief, at=NOW
        )
    with pytest.raises(AppealRefused):
        operations.extend(
            appeal=file(plain_customer(), kind="complaint"), why="Takes long", by=chief, at=late
        )


@pytest.mark.django_db
def test_new_rules_leave_open_appeals_their_dates() -> None:
    before = file(plain_customer())
    document = rules.preset("cn").document()
    document["legal"]["appeal"]["days"] = 10
    operations.publish_rules(document=document, effective_from=TODAY, by=None)
    after = file(plain_customer())
    assert fresh(before).legal_due_on == TODAY + dt.timedelta(days=20)
    assert after.legal_due_on == TODAY + dt.timedelta(days=10)
    with pytest.raises(AppealRefused):
        operations.publish_rules(document=document, effective_from=TODAY, by=None)
