"""The story of a customer: complete, in order, paged without gaps, with what was taken back."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ActRequest
from billing import operations as money
from risk import operations, timeline
from tests.factories import line, make_customer, make_user, open_days

pytestmark = pytest.mark.django_db

FIRST = datetime.date(2025, 1, 1)
TODAY = datetime.date(2025, 3, 20)


@pytest.fixture
def customer():
    customer = make_customer(FIRST)
    for number, product, due in (
        ("B-1", "pay_later", datetime.date(2025, 2, 10)),
        ("L-1", "cash_loan", datetime.date(2025, 3, 10)),
    ):
        money.book_bill(
            line=line(customer, product),
            number=number,
            principal=Decimal("1000"),
            due_on=due,
            on=FIRST,
        )
    open_days(customer, FIRST, TODAY)
    return customer


def story(customer, **chosen):
    return timeline.page(customer.pk, on=TODAY, size=500, **chosen).events


def test_newest_first(customer):
    days = [event.on for event in story(customer)]
    assert days == sorted(days, reverse=True)
    assert len(days) > 15


def test_pages_are_the_whole_story_once(customer):
    whole = story(customer)
    events, before = [], None
    while True:
        page = timeline.page(customer.pk, on=TODAY, before=before, size=4)
        assert len(page.events) <= 4
        events += page.events
        before = page.older
        if before is None:
            break
        assert timeline.Mark.parse(str(before)) == before
    assert events == whole


def test_each_part_by_itself_makes_the_whole(customer):
    parts = [story(customer, part=part) for part in timeline.PARTS if part]
    assert sum(len(part) for part in parts) == len(story(customer))


def test_fees_of_a_month_are_one_row(customer):
    fees = [event.title for event in story(customer) if event.kind == "fees"]
    assert "Late fees of 10.00 on bill B-1 (20 days)" in fees
    assert len([title for title in fees if "B-1" in title]) == 2


def test_a_decision_tells_who_and_why(customer):
    user = make_user(first_name="Min", last_name="Wang")
    operations.verify_income(
        customer=customer, number="I-1", on=TODAY, by=user, reason="Payslips seen"
    )
    decision = story(customer, part="decisions")[0]
    assert (decision.by, decision.reason) == ("Min Wang", "Payslips seen")
    assert decision.at is not None


def test_what_a_late_repayment_takes_back_is_struck_with_the_reason(customer):
    money.book_repayment(
        line=line(customer),
        amount=Decimal("1000"),
        number="R-1",
        on=TODAY,
        value_on=datetime.date(2025, 2, 9),
    )
    struck = [event for event in story(customer) if event.struck]
    assert {event.kind for event in struck} >= {"restricted", "point", "episode_opened"}
    assert all("Repayment R-1" in event.struck for event in struck)
    (correction,) = story(customer, part="corrections")
    assert "because of Repayment R-1" in correction.detail
    repayment = next(event for event in story(customer, part="facts") if "R-1" in event.title)
    assert repayment.booked_on == TODAY


def test_a_bounced_repayment_is_struck(customer):
    repayment = money.book_repayment(
        line=line(customer), amount=Decimal("10"), number="R-1", on=TODAY
    )
    money.reverse_repayment(repayment=repayment, on=TODAY, reason="No cover")
    struck = [event for event in story(customer, part="facts") if event.struck]
    assert [event.title for event in struck] == ["Repayment R-1 10.00"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2025-01-01",
        "2025-01-01_1_x",
        "2025-13-01_1_1",
        "2025-01-01_1_1",
        "2025-01-01_1_" + "9" * 30 + "_fact",
    ],
)
def test_a_mark_that_is_none_is_no_mark(text):
    assert timeline.Mark.parse(text) is None


def test_what_is_dated_ahead_says_that_it_does_not_count_yet(customer):
    events = timeline.page(customer.pk, on=FIRST, size=500).events
    ahead = [event for event in events if event.on > FIRST]
    assert ahead
    assert all("counts once its day is open" in event.detail for event in ahead)


def test_the_number_of_queries_does_not_grow(customer, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        story(customer)


def test_a_request_and_its_rejection_are_in_the_story_with_who_and_why(customer):
    agent, supervisor = make_user(first_name="Min", last_name="Wang"), make_user(username="boss")
    now = timezone.now()
    ActRequest.objects.create(
        customer=customer, act="verify_income", data={}, amount=Decimal("0"), reason="other",
        words="Payslips by post", before={}, after={}, requested_by=agent, requested_at=now,
        expires_at=now + datetime.timedelta(days=7), status="rejected", decided_by=supervisor,
        decided_at=now, decision_words="The payslips are a year old",
    )  # fmt: skip
    decided, asked = story(customer, part="decisions")
    assert (asked.title, asked.by) == ("Approval requested: Record verified income", "Min Wang")
    assert (decided.kind, decided.by) == ("act_decided", "boss")
    assert decided.reason == "The payslips are a year old"


def test_a_further_source_is_one_more_select_and_no_more_queries(
    customer, django_assert_num_queries, monkeypatch
):
    def told(event, data, names):
        return replace(event, title=f"Letter to {names.user(data)}")

    monkeypatch.setattr(timeline.sources, "_sources", [*timeline.sources._sources])
    reader = make_user(first_name="Lan", last_name="Zhao")
    operations.verify_income(customer=customer, number="I-1", on=TODAY, by=reader)
    with CaptureQueriesContext(connection) as before:
        story(customer)
    timeline.register(
        timeline.Source(
            "notices",
            f"select date '2025-02-01', 70, 'letter', c.id, jsonb_build_object('by', {reader.pk}) "
            "from accounts_customer c where c.id = %(customer)s",
            {"letter": told},
        )
    )
    with django_assert_num_queries(len(before)):
        events = story(customer)
    assert [event.title for event in events if event.kind == "letter"] == ["Letter to Lan Zhao"]
    assert [event.kind for event in story(customer, part="notices")].count("letter") == 1
    assert "notices" in timeline.parts()
    with pytest.raises(ValueError, match="letter"):
        timeline.register(timeline.Source("facts", "", {"letter": told}))
