"""What customers are told of bills, plans and restrictions, and when they are not."""

import datetime as dt
import html
import json
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.access import tokens
from accounts.models import Notice
from accounts.notices import delivering
from accounts.notices.choices import State, Why
from billing import operations as money
from billing.models import Fact
from config import messages
from config.night import open_due_days
from risk import operations as credit
from risk.explain import explain
from risk.models import Restriction
from tests.factories import line, make_customer, make_user

pytestmark = pytest.mark.django_db

OPENED = dt.date(2025, 3, 1)
DUE = dt.date(2025, 3, 10)
OVERDUE = dt.date(2025, 3, 11)
UTC = dt.UTC


def noon(on: dt.date) -> dt.datetime:
    """12:00 in the book's zone."""
    return dt.datetime.combine(on, dt.time(4), UTC)


def nights(through: dt.date) -> None:
    with time_machine.travel(noon(through), tick=False):
        open_due_days(through)


def daily(first: dt.date, last: dt.date) -> None:
    for n in range((last - first).days + 1):
        nights(first + dt.timedelta(days=n))


def deliver(at: dt.datetime) -> None:
    # The database's clock runs on: what is queued in a test is queued now.
    Notice.objects.filter(sent_at=None).update(queued_at=at, due_at=at)
    while delivering.deliver(now=at):
        pass


def told(customer, **fields) -> list[str]:
    found = Notice.objects.filter(customer=customer, **fields).order_by("id")
    return list(found.values_list("kind", flat=True))


@pytest.fixture
def customer(clean_book):
    customer = make_customer(OPENED, name="Ada Long", language="en")
    money.book_bill(
        line=line(customer), number="B-1", principal=Decimal(1000), due_on=DUE, on=OPENED
    )
    nights(OPENED)
    return customer


def test_a_bill_that_falls_overdue_is_told_once_with_its_restrictions(customer):
    daily(OPENED, OVERDUE)
    assert sorted(told(customer)) == ["overdue", "restriction_opened"]
    nights(OVERDUE)
    assert len(told(customer)) == 2

    deliver(noon(OVERDUE))
    bill = Notice.objects.get(kind="overdue")
    assert bill.state == State.SENT
    assert bill.subject == "Your Pay-later line bill is 1 day past due"
    assert "bill B-1, due on 10 Mar 2025: 1,000.00" in bill.body
    assert "pay 1,000.50" in bill.body
    why = Notice.objects.get(kind="restriction_opened")
    assert "Overdue on this line" in why.body
    assert "Overdue on the other line" in why.body
    assert "Lifts at once when 1,000.50 is paid" in why.body


def test_texts_are_in_the_language_of_the_customer(customer):
    customer.language = "zh-hans"
    customer.save()
    daily(OPENED, OVERDUE)
    deliver(noon(OVERDUE))
    notice = Notice.objects.get(kind="overdue")
    assert notice.language == "zh-hans"
    assert "已逾期 1 天" in notice.subject
    assert "申诉" in notice.body


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_page_api_letter_and_desk_give_the_same_reason(customer, client, language):
    messages.compile_all()
    customer.language = language
    customer.save()
    daily(OPENED, OVERDUE)
    deliver(noon(OVERDUE))
    with translation.override(language):
        reasons = explain(customer.pk, OVERDUE).in_force
        said = {
            text for reason in reasons
            for text in (reason.title, *reason.happened, reason.effect, *reason.lifts, reason.rule)
        }  # fmt: skip
    assert len(reasons) == 2
    _token, secret = tokens.issue(
        customer=customer, name="t", scopes=["read"], days=30, at=timezone.now()
    )
    answer = client.get(
        reverse("me:restrictions"),
        headers={"authorization": f"Bearer {secret}", "accept-language": language},
    ).json()
    api = json.dumps(answer, ensure_ascii=False)
    client.force_login(make_user("", is_staff=False, customer=customer, language=language))
    page = client.get(reverse("my:overview")).content.decode()
    client.force_login(make_user("agent", language=language))
    desk = client.get(
        reverse("admin:accounts_customer_change", args=[customer.pk])
    ).content.decode()
    letter = Notice.objects.get(kind="restriction_opened").body
    doors = {"page": page, "api": api, "letter": letter}
    for name, shown in doors.items():
        for text in said:
            assert text in html.unescape(shown), (name, text)
    desk = html.unescape(desk)  # it names the rule by its code, with a way to its policy
    for text in said - {reason.rule for reason in reasons}:
        assert text in desk, text
    assert all(reason.restriction.code in desk for reason in reasons)


def test_milestones_are_told_and_days_between_are_not(customer):
    daily(OPENED, dt.date(2025, 3, 19))
    on = Notice.objects.filter(kind="overdue").order_by("on").values_list("on", flat=True)
    assert list(on) == [OVERDUE, dt.date(2025, 3, 18)]


def test_a_payment_before_it_is_said_drops_what_is_over(customer):
    daily(OPENED, OVERDUE)
    money.book_repayment(line=line(customer), amount=Decimal("1000.50"), on=OVERDUE)
    deliver(noon(OVERDUE))
    assert told(customer, state=State.SENT) == ["restriction_lifted"]
    for notice in Notice.objects.exclude(state=State.SENT):
        assert (notice.state, notice.why) == (State.DROPPED, Why.OVER)


def test_a_release_is_told_with_what_can_be_used_again(customer):
    daily(OPENED, OVERDUE)
    deliver(noon(OVERDUE))
    money.book_repayment(line=line(customer), amount=Decimal("1000.50"), on=OVERDUE)
    deliver(noon(OVERDUE))
    notice = Notice.objects.get(kind="restriction_lifted")
    assert "Pay-later line: limit 10,000.00, of which 10,000.00 is available" in notice.body
    assert "Cash loan: limit 20,000.00" in notice.body


def test_a_payment_that_was_booked_late_corrects_what_was_told(customer):
    daily(OPENED, OVERDUE)
    deliver(noon(OVERDUE))
    money.book_repayment(
        line=line(customer), amount=Decimal(1000), number="R-1", on=OVERDUE, value_on=DUE
    )
    deliver(noon(OVERDUE))
    notice = Notice.objects.get(kind="correction")
    assert notice.state == State.SENT
    assert "Your Pay-later line bill is 1 day past due" in notice.body
    assert "Your credit is restricted" in notice.body
    assert "Repayment R-1, booked then, counts from 10 Mar 2025" in notice.body
    assert "Nothing restricts your credit now." in notice.body
    # What was sent stays as it was sent.
    assert Notice.objects.get(kind="overdue").state == State.SENT
    money.book_purchase(line=line(customer), amount=Decimal(1), on=OVERDUE)
    assert told(customer).count("correction") == 1


def test_what_was_never_said_needs_no_correction(customer):
    daily(OPENED, OVERDUE)
    money.book_repayment(
        line=line(customer), amount=Decimal(1000), number="R-1", on=OVERDUE, value_on=DUE
    )
    deliver(noon(OVERDUE))
    assert told(customer, state=State.SENT) == []
    assert "correction" not in told(customer)


def test_a_bounce_after_a_release_tells_that_the_release_was_wrong(customer):
    daily(OPENED, OVERDUE)
    deliver(noon(OVERDUE))
    paid = money.book_repayment(
        line=line(customer), amount=Decimal("1000.50"), number="R-1", on=OVERDUE
    )
    deliver(noon(OVERDUE))
    money.reverse_repayment(repayment=paid, on=OVERDUE)
    deliver(noon(OVERDUE))
    again = Notice.objects.filter(kind="restriction_opened").latest("id")
    assert again.state == State.SENT
    assert "we told you that this restriction was lifted. That is no longer right" in again.body
    money.book_repayment(line=line(customer), amount=Decimal("1000.50"), number="R-2", on=OVERDUE)
    deliver(noon(OVERDUE))
    assert told(customer, state=State.SENT).count("restriction_lifted") == 2


def test_missed_nights_leave_the_newest_notice_only(customer):
    nights(dt.date(2025, 3, 19))  # bills overdue on the 11th, a milestone on the 18th
    waiting = Notice.objects.filter(state=State.QUEUED)
    assert [(n.kind, n.on) for n in waiting if n.kind == "overdue"] == [
        ("overdue", dt.date(2025, 3, 18))
    ]
    # That it was restricted eight days ago is no news any more.
    assert "restriction_opened" not in told(customer)


def test_a_book_of_the_past_tells_nobody(customer):
    with time_machine.travel(noon(dt.date(2026, 1, 1)), tick=False):
        open_due_days(dt.date(2025, 3, 20))
    assert not Notice.objects.exists()
    # and what began then is known, so that a payment of today tells of its end alone
    nights(dt.date(2025, 3, 21))
    money.book_repayment(line=line(customer), amount=Decimal(2000), on=dt.date(2025, 3, 21))
    assert told(customer) == ["restriction_lifted"]


def test_a_preview_tells_nobody(customer):
    from django.db import transaction

    daily(OPENED, OVERDUE)
    before = Notice.objects.count()
    with transaction.atomic():
        money.book_repayment(line=line(customer), amount=Decimal("1000.50"), on=OVERDUE)
        assert Notice.objects.count() > before
        transaction.set_rollback(True)
    assert Notice.objects.count() == before


def _plan(customer, on, due):
    owed = Decimal("1000.50")
    return money.agree_plan(
        line=line(customer), number="P-1", bill_numbers=["B-1"],
        instalments=[(due, owed)], on=on,
    )  # fmt: skip


def test_a_plan_is_told_from_its_beginning_to_its_end(customer):
    daily(OPENED, OVERDUE)
    _plan(customer, OVERDUE, dt.date(2025, 3, 14))
    deliver(noon(OVERDUE))
    assert "plan_agreed" in told(customer, state=State.SENT)
    daily(dt.date(2025, 3, 12), dt.date(2025, 3, 15))
    deliver(noon(dt.date(2025, 3, 15)))
    missed = Notice.objects.get(kind="instalment_missed")
    assert "If it arrives by 17 Mar 2025, the plan goes on" in missed.body
    assert "1,000.50 of what your plan P-1" in missed.body
    daily(dt.date(2025, 3, 16), dt.date(2025, 3, 18))
    deliver(noon(dt.date(2025, 3, 18)))
    broken = Notice.objects.get(kind="plan_broken")
    assert broken.state == State.SENT
    assert told(customer).count("instalment_missed") == 1


def test_a_plan_that_is_kept_is_told_to_be_completed(customer):
    daily(OPENED, OVERDUE)
    _plan(customer, OVERDUE, dt.date(2025, 3, 14))
    deliver(noon(OVERDUE))
    money.book_repayment(line=line(customer), amount=Decimal("1000.50"), on=OVERDUE)
    deliver(noon(OVERDUE))
    assert "plan_completed" in told(customer, state=State.SENT)


def test_a_restriction_by_staff_is_told_at_once_and_so_is_its_end(customer):
    daily(OPENED, dt.date(2025, 3, 5))
    day = dt.date(2025, 3, 5)
    credit.restrict_line(line=line(customer), number="M-1", effect="suspend", on=day)
    deliver(noon(day))
    assert told(customer, state=State.SENT) == ["restriction_opened"]
    credit.lift_restriction(customer=customer, number="M-1", on=day)
    deliver(noon(day))
    assert told(customer, state=State.SENT) == ["restriction_opened", "restriction_lifted"]


def test_a_batch_costs_the_same_queries_whatever_its_size(clean_book):
    def book(number):
        for n in range(number):
            customer = make_customer(OPENED)
            money.book_bill(
                line=line(customer), number=f"{customer.number}-B", principal=Decimal(10 + n),
                due_on=DUE, on=OPENED,
            )  # fmt: skip

    book(2)
    daily(OPENED, OVERDUE)
    Notice.objects.update(queued_at=noon(OVERDUE), due_at=noon(OVERDUE))
    kept = list(Notice.objects.order_by("id"))
    with CaptureQueriesContext(
        connection,
    ) as two:
        assert delivering.deliver(now=noon(OVERDUE)) == len(kept)
    from tests import book as books

    books.empty()
    book(9)
    daily(OPENED, OVERDUE)
    Notice.objects.update(queued_at=noon(OVERDUE), due_at=noon(OVERDUE))
    with CaptureQueriesContext(connection) as nine:
        assert delivering.deliver(now=noon(OVERDUE)) == 18
    assert len(nine) == len(two)


def test_what_is_told_equals_what_stands_after_every_late_fact(customer):
    """The law of the engine, for what was told: of each restriction the last word is true."""
    daily(OPENED, OVERDUE)
    money.book_repayment(
        line=line(customer), amount=Decimal(400), number="R-1", on=OVERDUE, value_on=DUE
    )
    money.book_repayment(line=line(customer), amount=Decimal(700), number="R-2", on=OVERDUE)
    money.reverse_repayment(repayment=Fact.objects.get(number="R-2"), on=OVERDUE)
    for row in Restriction.objects.select_related("told"):
        now = "taken_back" if row.reversed_on else "open" if row.until_on is None else "lifted"
        assert row.told.state == now
