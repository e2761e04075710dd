"""While an appeal contests a cause, that cause escalates no further; others do."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from accounts.models import Notice
from appeals import operations
from appeals.choices import State
from appeals.models import ContestedCause
from billing import operations as money
from billing.models import Entry, Fact
from risk.models import Point
from tests.appeals.cases import (
    NOW,
    TODAY,
    against_restriction,
    decline,
    episode,
    file,
    fresh,
    handler,
    in_state,
    late_customer,
    restriction,
)
from tests.factories import line, open_days

pytestmark = pytest.mark.django_db

LATER = TODAY + dt.timedelta(days=12)


def fees(customer, bill: str, since: dt.date = TODAY) -> int:
    return Entry.objects.filter(
        customer=customer, kind="fee", bill__number=bill, for_on__gt=since, reverses_id=None
    ).count()


def other_bill(customer) -> str:
    """A bill of the other line that falls overdue after the appeal."""
    number = f"O-{customer.number}"
    money.book_bill(
        line=line(customer, "cash_loan"), number=number, principal=Decimal(500),
        due_on=TODAY + dt.timedelta(days=1), on=TODAY,
    )  # fmt: skip
    return number


def test_the_contested_bill_stands_still_and_another_goes_on() -> None:
    customer = late_customer()
    mine, other = f"B-{customer.number}", other_bill(customer)
    appeal = against_restriction(customer)
    cause = ContestedCause.objects.get(appeal=appeal)
    assert cause.bills == [mine]
    hold = Fact.objects.get(kind="hold", number=cause.hold_number)
    assert hold.bill_numbers == [mine]
    before = Point.objects.filter(customer=customer, cause="past_due").count()
    open_days(customer, TODAY + dt.timedelta(days=1), LATER)
    assert fees(customer, mine) == 0
    assert fees(customer, other) > 0
    grown = Point.objects.filter(
        customer=customer, cause="past_due", evidence_id=episode_of(customer, mine)
    )
    assert grown.count() == before, "no new milestone of the contested episode"


def episode_of(customer, bill: str) -> int:
    from risk.models import EpisodeBill

    return EpisodeBill.objects.get(customer=customer, bill__number=bill).episode_id


@pytest.mark.parametrize("end", ["decided", "withdrawn", "expired"])
def test_it_goes_on_once_the_appeal_has_ended_however_it_did(end) -> None:
    customer, agent = late_customer(), handler()
    subject = ("episode", episode(customer).pk)
    appeal = in_state(customer, State(end), agent, subject)
    number = ContestedCause.objects.get(appeal=appeal).hold_number
    assert number
    assert Fact.objects.filter(kind="release_hold", number=number).count() == 1


def test_a_cause_without_open_bills_holds_nothing() -> None:
    customer = late_customer()
    agent = handler()
    money.book_repayment(line=line(customer), amount=Decimal(5000), on=TODAY)
    appeal = file(customer, ("episode", episode(customer).pk))
    assert ContestedCause.objects.get(appeal=appeal).hold_number == ""
    operations.take(appeal=appeal, by=agent, at=NOW)
    decline(appeal, agent)
    assert not Fact.objects.filter(kind__in=["hold", "release_hold"], customer=customer).exists()


def test_two_appeals_about_one_bill_hold_it_until_the_last_has_ended() -> None:
    customer = late_customer()
    mine = f"B-{customer.number}"
    first = against_restriction(customer)
    second = file(customer, ("episode", episode(customer).pk))
    operations.withdraw(appeal=first, by=customer, at=NOW, on=TODAY)
    half = TODAY + dt.timedelta(days=4)
    open_days(customer, TODAY + dt.timedelta(days=1), half)
    assert fees(customer, mine) == 0
    operations.withdraw(appeal=fresh(second), by=customer, at=NOW, on=half)
    open_days(customer, half + dt.timedelta(days=1), half + dt.timedelta(days=3))
    assert fees(customer, mine, since=half) > 0


def test_the_customer_is_told_of_each_step_once() -> None:
    customer, agent = late_customer(), handler()
    appeal = in_state(
        customer, State.WAITING_CUSTOMER, agent, ("restriction", restriction(customer).pk)
    )
    assert appeal.quiet
    operations.answer(appeal=appeal, text="St Mary's", by=customer, at=NOW)
    decline(appeal, agent)
    mine = Notice.objects.filter(customer=customer, kind__startswith="appeal_")
    told = list(mine.order_by("pk").values_list("kind", flat=True))
    assert told == ["appeal_received", "appeal_needs_you", "appeal_decided"]


def test_the_shipped_texts_hold_for_every_kind() -> None:
    from accounts.notices import find
    from accounts.notices.texts import render

    for code in ("received", "needs_you", "reminder", "extended", "decided", "expired"):
        kind = find(f"appeal_{code}")
        for language in ("en", "zh-hans"):
            text = render(kind.texts[language], kind.variables)
            assert "AP000012" in text.subject
            assert "{{" not in text.body
