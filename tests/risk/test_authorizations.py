"""Approved or declined at once; what is held is never given twice."""

import datetime
import threading
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing import operations as money
from billing.models import CreditLine, Fact
from risk import authorizations, operations
from risk.authorizations import AuthorizationRefused, NotOpen, OtherRequest
from risk.models import Authorization
from tests.factories import line, make_customer, open_days

FIRST = datetime.date(2025, 1, 1)
TODAY = datetime.date(2025, 2, 20)
NOW = datetime.datetime(2025, 2, 20, 9, 30, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(days=8)


def opened(*, overdue=False):
    customer = make_customer(FIRST)
    if overdue:
        money.book_bill(
            line=line(customer), number=f"{customer.number}-B", principal=Decimal(1000),
            due_on=datetime.date(2025, 2, 10), on=FIRST,
        )  # fmt: skip
    open_days(customer, FIRST, TODAY)
    return customer


def ask(customer, amount, reference, product="pay_later", at=NOW, **more):
    kind = "purchase" if product == "pay_later" else "draw"
    if kind == "draw":
        more.setdefault("instalments", 3)
    return authorizations.authorize(
        line=line(customer, product), kind=kind, amount=Decimal(amount), reference=reference,
        at=at, **more,
    )  # fmt: skip


@pytest.mark.django_db
def test_what_is_approved_is_held_until_it_is_captured():
    customer = opened()
    first = ask(customer, "9000", "r1")
    assert first.status == "approved"
    assert authorizations.room(line(customer), at=NOW).available == Decimal("1000.00")
    second = ask(customer, "1000.01", "r2")
    assert (second.status, second.reasons) == ("declined", ["over_limit"])
    fact = authorizations.capture(first, on=TODAY, at=NOW, amount=Decimal("8000"))
    assert (fact.kind, fact.amount) == ("purchase", Decimal("8000"))
    assert authorizations.room(line(customer), at=NOW).available == Decimal("2000.00")
    assert authorizations.capture(first, on=TODAY, at=NOW, amount=Decimal("8000")) == fact


@pytest.mark.django_db
def test_a_decline_names_the_restrictions():
    customer = opened(overdue=True)
    own = ask(customer, "1", "r1")
    assert own.reasons == ["line_suspended", "restricted:own_overdue"]
    other = ask(customer, "10000.01", "r2", "cash_loan")
    assert other.reasons == ["over_limit", "restricted:linked_general"]
    assert ask(customer, "10000.00", "r3", "cash_loan").status == "approved"


@pytest.mark.django_db
def test_an_answer_outlives_the_restriction_that_comes_after_it():
    customer = opened()
    given = ask(customer, "500", "r1")
    operations.restrict_line(
        line=line(customer), number="M-1", effect="suspend", on=TODAY, reason="stolen phone"
    )
    fact = authorizations.capture(given, on=TODAY, at=NOW)
    assert fact.amount == Decimal("500")
    assert ask(customer, "1", "r2").reasons == ["line_suspended", "restricted:manual"]


@pytest.mark.django_db
def test_a_draw_is_captured_as_a_loan():
    customer = opened()
    given = ask(customer, "1200", "r1", "cash_loan", instalments=6)
    fact = authorizations.capture(given, on=TODAY, at=NOW)
    assert (fact.kind, fact.instalments) == ("draw", 6)


@pytest.mark.django_db
def test_released_and_expired_hold_nothing():
    customer = opened()
    first = ask(customer, "10000", "r1")
    authorizations.release(first, at=NOW)
    authorizations.release(first, at=NOW)
    second = ask(customer, "10000", "r2")
    assert second.status == "approved"
    assert ask(customer, "10000", "r3", at=LATER).status == "approved"
    with pytest.raises(NotOpen, match="Expired"):
        authorizations.capture(second, on=TODAY, at=LATER)
    assert authorizations.expire(at=LATER) == 1
    second.refresh_from_db()
    assert second.status == "expired"
    with pytest.raises(NotOpen):
        authorizations.capture(first, on=TODAY, at=NOW)


@pytest.mark.django_db
def test_the_same_reference_answers_the_same_and_another_content_is_refused():
    customer, other = opened(), opened()
    first = ask(customer, "100", "r1")
    assert ask(customer, "100", "r1") == first
    with pytest.raises(OtherRequest):
        ask(customer, "101", "r1")
    with pytest.raises(OtherRequest):
        ask(other, "100", "r1")
    assert Authorization.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "Infinity", "1000000000000"])
def test_an_amount_that_is_none_is_refused(amount):
    with pytest.raises(AuthorizationRefused):
        ask(opened(), amount, "r1")


@pytest.mark.django_db
def test_no_draw_on_a_pay_later_line_and_no_more_captured_than_authorized():
    customer = opened()
    with pytest.raises(AuthorizationRefused):
        authorizations.authorize(
            line=line(customer), kind="draw", amount=Decimal(1), reference="x", at=NOW,
            instalments=3,
        )  # fmt: skip
    given = ask(customer, "100", "r1")
    with pytest.raises(AuthorizationRefused):
        authorizations.capture(given, on=TODAY, at=NOW, amount=Decimal("100.01"))
    assert not Fact.objects.filter(kind="purchase").exists()


@pytest.mark.django_db
def test_the_database_keeps_an_answer_as_it_was_given():
    given = ask(opened(), "100", "r1")
    for change in (
        {"amount": Decimal(1)},
        {"status": "declined", "reasons": ["over_limit"], "ended_at": NOW, "expires_at": None},
        {"reasons": ["over_limit"]},
    ):
        with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
            Authorization.objects.filter(pk=given.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        given.delete()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_exceed_the_limit(clean_book):
    customer = opened()
    found, barrier = [], threading.Barrier(12)
    lines = CreditLine.objects.get(customer=customer, product="pay_later")

    def shop(n):
        try:
            barrier.wait()
            for m in range(4):
                given = authorizations.authorize(
                    line=lines, kind="purchase", amount=Decimal("700"), reference=f"t{n}-{m}",
                    at=NOW,
                )  # fmt: skip
                found.append(given.status)
                if given.status == "approved" and m % 2:
                    authorizations.capture(given, on=TODAY, at=NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=shop, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count("approved") == 14  # 14 times 700 is 9,800 of 10,000
    assert len(found) == 48
    assert authorizations.room(lines, at=NOW).available == Decimal("200.00")


@pytest.mark.django_db(transaction=True)
def test_fifty_repeats_at_once_are_one_answer(clean_book):
    customer = opened()
    lines = CreditLine.objects.get(customer=customer, product="pay_later")
    barrier, found = threading.Barrier(10), []

    def repeat():
        try:
            barrier.wait()
            for _n in range(5):
                given = authorizations.authorize(
                    line=lines, kind="purchase", amount=Decimal("6000"), reference="same", at=NOW
                )
                found.append((given.pk, given.status))
        finally:
            connection.close()

    threads = [threading.Thread(target=repeat) for _n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 50
    assert len(set(found)) == 1
