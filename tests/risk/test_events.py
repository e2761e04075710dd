"""What partners hear of restrictions and statuses: from the night and from live facts alike."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from accounts import outbox
from accounts.models import OutboxEvent
from accounts.outbox import operations
from billing import operations as money
from config.night import open_due_days
from tests.factories import line, make_customer, make_user

pytestmark = pytest.mark.django_db

OPENED, DUE, OVERDUE = dt.date(2025, 3, 1), dt.date(2025, 3, 10), dt.date(2025, 3, 11)


def noon(on):
    return dt.datetime.combine(on, dt.time(4), dt.UTC)


def nights(through):
    with time_machine.travel(noon(through), tick=False):
        open_due_days(through)


def heard(customer):
    found = []
    for row in OutboxEvent.objects.filter(customer=customer).order_by("id"):
        product = row.data["product"]
        if row.event == outbox.Event.LINE_STATUS_CHANGED:
            found.append((product, f"{row.data['was']} > {row.data['status']}"))
        else:
            found.append((product, f"{row.event.split('.')[1]} {row.data['code']}"))
    return found


@pytest.fixture
def customer(clean_book, settings):
    settings.WEBHOOKS_TO_PRIVATE, settings.WEBHOOKS_HTTPS_ONLY = True, False
    operations.open_endpoint(
        name="Partner", url="http://127.0.0.1/", wants=outbox.Event.values, by=make_user(),
        at=noon(OPENED),
    )  # fmt: skip
    customer = make_customer(OPENED)
    money.book_bill(
        line=line(customer), number="B-1", principal=Decimal(1000), due_on=DUE, on=OPENED
    )
    nights(DUE)
    return customer


RESTRICTED = [
    ("cash_loan", "opened linked_general"),
    ("cash_loan", "active > reduced"),
    ("pay_later", "opened own_overdue"),
    ("pay_later", "active > suspended"),
]
RELEASED = [
    ("cash_loan", "lifted linked_general"),
    ("cash_loan", "reduced > active"),
    ("pay_later", "lifted own_overdue"),
    ("pay_later", "suspended > active"),
]


def test_the_night_and_a_payment_are_heard_once_and_in_order(customer):
    assert heard(customer) == []
    nights(OVERDUE)
    nights(OVERDUE)
    first = heard(customer)
    assert sorted(first) == sorted(RESTRICTED)
    # A status is told after the restrictions that make it.
    assert all(what.startswith("opened") for _product, what in first[:2])
    money.book_repayment(line=line(customer), amount=Decimal("1000.50"), number="R", on=OVERDUE)
    assert sorted(heard(customer)[4:]) == sorted(RELEASED)
    event = OutboxEvent.objects.filter(event="line.status_changed").latest("id")
    assert event.data["effective_limit"] == event.data["assigned_limit"]


def test_a_late_payment_takes_back_and_a_bounce_brings_back(customer):
    nights(OVERDUE)
    paid = money.book_repayment(
        line=line(customer), amount=Decimal(1000), number="R-1", on=OVERDUE, value_on=DUE
    )
    assert sorted(heard(customer)[4:]) == sorted(RELEASED)
    lifted = OutboxEvent.objects.filter(event="restriction.lifted")
    assert {row.data["taken_back"] for row in lifted} == {True}
    money.reverse_repayment(repayment=paid, on=OVERDUE)
    assert sorted(heard(customer)[8:]) == sorted(RESTRICTED)


def test_a_closed_day_is_announced_with_the_totals_of_the_book(customer):
    nights(OVERDUE)
    days = OutboxEvent.objects.filter(event="day.closed").order_by("id")
    assert [row.data["on"] for row in days] == [f"2025-03-{n:02}" for n in range(1, 12)]
    assert days.last().data["totals"]["principal"] == "1000.00"
    assert all(row.customer is None for row in days)


def test_what_is_long_past_is_no_news_to_partners(customer):
    with time_machine.travel(noon(dt.date(2025, 6, 1)), tick=False):
        open_due_days(dt.date(2025, 3, 14))
    assert heard(customer) == []
