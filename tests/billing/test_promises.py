"""Promises to pay: what becomes of them, against one repayment after the other in plain Python."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from billing import operations as money
from billing import promises
from billing.engine import promises as engine
from billing.engine.scope import Few, Slice
from billing.models import Fact, ProductTerms, PromiseState, PromiseToPay
from billing.promises import PromiseRefused
from tests.factories import line, make_customer, open_days

pytestmark = pytest.mark.django_db

FIRST = dt.date(2025, 3, 1)
GRACE = 2  # of the terms unless they say otherwise
NOTHING = {"kept": 0, "partly_kept": 0, "broken": 0}


def day(n: int) -> dt.date:
    return FIRST + dt.timedelta(days=n)


def promise(customer: Any, *parts: tuple[int, str], on: int = 0) -> str:
    number = f"PTP-{customer.pk}-{on}"
    rows = [(day(due), Decimal(amount)) for due, amount in parts]
    promises.record_promise(line=line(customer), parts=rows, on=day(on), number=number)
    return number


def pay(customer: Any, amount: str, on: int, value: int | None = None) -> Fact:
    return money.book_repayment(
        line=line(customer),
        amount=Decimal(amount),
        on=day(on),
        value_on=None if value is None else day(value),
    )


def decide(customer: Any, on: int) -> dict[str, Any]:
    return engine.decide(Few((customer.pk,)), day(on))


def standing(number: str) -> list[tuple[str, Decimal]]:
    rows = PromiseState.objects.filter(promise__number=number).order_by("promise__n")
    return [(row.status, row.counted) for row in rows]


# -- by hand -----------------------------------------------------------------------------


def test_a_promise_is_kept_at_once_by_the_repayment_that_fulfils_it() -> None:
    customer = make_customer()
    number = promise(customer, (10, "300"))
    pay(customer, "200", 3)
    assert standing(number) == [("open", Decimal(200))]
    pay(customer, "99", 5)
    assert standing(number) == [("kept", Decimal(299))]
    assert PromiseState.objects.get().decided_on == day(5)


def test_money_within_the_grace_still_counts_and_after_it_does_not() -> None:
    first, second = make_customer(), make_customer()
    numbers = promise(first, (10, "300")), promise(second, (10, "300"))
    pay(first, "300", 12)
    decide(second, 13)
    pay(second, "300", 13)
    assert standing(numbers[0]) == [("kept", Decimal(300))]
    assert standing(numbers[1]) == [("broken", Decimal(0))]


@pytest.mark.parametrize(
    ("paid", "status"),
    [("298.99", "partly_kept"), ("299.00", "kept"), ("150", "partly_kept"), ("149.99", "broken")],
)
def test_the_night_decides_by_tolerance_and_threshold(paid: str, status: str) -> None:
    customer = make_customer()
    number = promise(customer, (10, "300"))
    pay(customer, paid, 9)
    assert decide(customer, 12) == NOTHING
    decide(customer, 13)
    assert standing(number) == [(status, Decimal(paid))]


def test_a_night_twice_changes_nothing_and_a_missed_night_is_caught_up() -> None:
    customer, other = make_customer(), make_customer()
    number = promise(customer, (10, "300"))
    promise(other, (10, "300"))
    assert engine.decide(Slice(0, 1), day(13))["broken"] == 2
    before = list(PromiseState.objects.order_by("pk").values())
    assert engine.decide(Slice(0, 1), day(13)) == NOTHING
    assert engine.decide(Slice(0, 1), day(20)) == NOTHING
    assert list(PromiseState.objects.order_by("pk").values()) == before
    assert standing(number) == [("broken", Decimal(0))]


def test_a_bounced_repayment_reopens_a_promise_only_within_its_window() -> None:
    early, late = make_customer(), make_customer()
    numbers = promise(early, (10, "300")), promise(late, (10, "300"))
    payments = pay(early, "300", 5), pay(late, "300", 5)
    money.reverse_repayment(repayment=payments[0], on=day(12))
    money.reverse_repayment(repayment=payments[1], on=day(13))
    assert standing(numbers[0]) == [("open", Decimal(0))]
    assert standing(numbers[1]) == [("kept", Decimal(300))]


def test_a_repayment_learned_late_makes_good_what_was_decided() -> None:
    customer = make_customer()
    number = promise(customer, (10, "300"))
    decide(customer, 13)
    mistaken = pay(customer, "300", 20, value=10)
    assert standing(number) == [("kept", Decimal(300))]
    money.reverse_repayment(repayment=mistaken, on=day(20))
    assert standing(number) == [("broken", Decimal(0))]


def test_what_was_booked_before_the_promise_or_counts_before_it_is_not_for_it() -> None:
    customer = make_customer()
    pay(customer, "300", 0)
    number = promise(customer, (10, "300"))
    pay(customer, "300", 1, value=-1)
    assert standing(number) == [("open", Decimal(0))]
    pay(customer, "300", 1)
    assert standing(number) == [("kept", Decimal(300))]


def test_what_a_part_does_not_need_is_the_next_ones() -> None:
    customer = make_customer()
    number = promise(customer, (10, "100"), (20, "100"), (30, "100"))
    pay(customer, "150", 5)
    assert [status for status, _ in standing(number)] == ["kept", "open", "open"]
    assert standing(number)[1] == ("open", Decimal(50))
    pay(customer, "60", 23)  # the second part's last day has passed
    decide(customer, 33)
    assert standing(number) == [
        ("kept", Decimal(100)),
        ("partly_kept", Decimal(50)),
        ("partly_kept", Decimal(60)),
    ]


def test_a_new_promise_takes_the_place_of_what_is_undecided() -> None:
    customer = make_customer()
    first = promise(customer, (5, "100"), (20, "100"))
    pay(customer, "100", 3)
    second = promise(customer, (30, "200"), on=4)
    assert [status for status, _ in standing(first)] == ["kept", "superseded"]
    pay(customer, "200", 6)
    assert standing(first) == [("kept", Decimal(100)), ("superseded", Decimal(0))]
    assert standing(second) == [("kept", Decimal(200))]


def test_a_promise_taken_back_is_never_broken() -> None:
    customer = make_customer()
    number = promise(customer, (10, "100"))
    promises.withdraw_promise(line=line(customer), number=number, on=day(4))
    decide(customer, 13)
    assert [status for status, _ in standing(number)] == ["withdrawn"]
    with pytest.raises(PromiseRefused):
        promises.withdraw_promise(line=line(customer), number=number, on=day(5))


def test_the_opening_of_a_day_decides_and_another_lines_money_does_not_count() -> None:
    customer = make_customer(FIRST)
    number = promise(customer, (10, "300"))
    money.book_repayment(line=line(customer, "cash_loan"), amount=Decimal(300), on=day(3))
    open_days(customer, FIRST, day(13))
    assert standing(number) == [("broken", Decimal(0))]
    assert PromiseState.objects.get().decided_on == day(13)


def test_a_promise_keeps_the_figures_of_the_terms_of_its_day() -> None:
    customer = make_customer()
    document = ProductTerms.objects.get(product="pay_later").document
    plain = {key: value for key, value in document.items() if key != "promise"}
    strict = {**plain, "promise": {"grace_days": 0, "threshold": "0.9", "tolerance": "0"}}
    for first, figures in ((day(-5), strict), (day(2), plain)):
        ProductTerms.objects.create(product="pay_later", effective_from=first, document=figures)
    found = promises.promise_terms("pay_later", day(0))
    assert (found.grace_days, found.threshold, found.tolerance) == (0, Decimal("0.9"), 0)
    assert promises.promise_terms("pay_later", day(2)).grace_days == GRACE
    number = promise(customer, (10, "100"))
    pay(customer, "89", 8)
    decide(customer, 11)
    assert standing(number) == [("broken", Decimal(89))]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [(-1, "5")],
        [(400, "5")],
        [(3, "0")],
        [(3, "5"), (3, "6")],
        [(3, "0.001")],
        [(3, "-5")],
        [(n, "1") for n in range(13)],
    ],
)
def test_what_is_no_promise_is_refused(parts) -> None:
    with pytest.raises(PromiseRefused):
        promise(make_customer(), *parts)
    assert not PromiseToPay.objects.exists()


@pytest.mark.parametrize("table", ["billing_promise", "billing_promiseend"])
def test_a_promise_is_never_edited(table) -> None:
    customer = make_customer()
    number = promise(customer, (10, "100"))
    promises.withdraw_promise(line=line(customer), number=number, on=day(4))
    for change in (f"delete from {table}", f"update {table} set reason = 'another'"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_broken_promises_are_listed_for_the_work_list() -> None:
    customer = make_customer()
    promise(customer, (3, "100"), (9, "100"))
    pay(customer, "60", 8)
    decide(customer, 12)
    rows = promises.broken_since(day(8))
    assert [(row.promise.n, row.status) for row in rows] == [(1, "broken"), (2, "partly_kept")]
    assert not promises.broken_since(day(13))


# -- against a naive one -----------------------------------------------------------------


@dataclass
class Paid:
    amount: Decimal
    value: int
    booked: int
    reversed: int | None = None
    fact: Fact | None = None


@dataclass
class Story:
    """A promise made on day 0, and money that may come at any time and be taken back again."""

    parts: list[tuple[int, int]]
    payments: list[Paid] = field(default_factory=list)


@st.composite
def stories(draw: Any) -> Story:
    dues = draw(st.lists(st.integers(0, 24), min_size=1, max_size=4, unique=True))
    parts = [(due, draw(st.sampled_from([50, 100, 101]))) for due in sorted(dues)]
    payments = []
    for _ in range(draw(st.integers(0, 6))):
        booked = draw(st.integers(0, 30))
        value = max(booked - draw(st.sampled_from([0, 0, 1, 9])), -1)
        amount = Decimal(draw(st.sampled_from(["50", "99", "99.5", "100", "151", "1"])))
        back = draw(st.sampled_from([None, None, 0, 1, 4, 15]))
        payments.append(Paid(amount, value, booked, None if back is None else booked + back))
    return Story(parts, payments)


def naive(story: Story, today: int) -> list[tuple[str, Decimal]]:
    """One repayment after the other, by value date: it fills the first part whose last day has not
    passed, and the next ones with what is left. `today` is the last open day."""
    filled = [Decimal(0) for _ in story.parts]
    lasts = [due + GRACE for due, _ in story.parts]
    known = [paid for paid in story.payments if paid.booked <= today and paid.value >= 0]
    for paid in sorted(known, key=lambda paid: paid.value):
        open_parts = [n for n, last in enumerate(lasts) if paid.value <= last]
        if not open_parts:
            continue
        in_time = max(lasts[open_parts[0]], paid.booked)
        if paid.reversed is not None and paid.reversed <= min(today, in_time):
            continue
        rest = paid.amount
        for n in open_parts:
            part = min(rest, story.parts[n][1] - filled[n])
            filled[n] += part
            rest -= part
    return [_outcome(story.parts[n][1], filled[n], lasts[n] < today) for n in range(len(lasts))]


def _outcome(amount: int, filled: Decimal, over: bool) -> tuple[str, Decimal]:
    if filled >= amount - 1:
        return "kept", filled
    if not over:
        return "open", filled
    return ("partly_kept" if filled > 0 and filled * 2 >= amount else "broken"), filled


@given(story=stories())
def test_promises_are_decided_as_one_by_one(story: Story, db: None) -> None:
    with transaction.atomic():
        customer = make_customer()
        number = promise(customer, *((due, str(amount)) for due, amount in story.parts))
        for today in range(46):
            decide(customer, today)
            for paid in story.payments:
                if paid.booked == today:
                    paid.fact = pay(customer, str(paid.amount), today, paid.value)
            for paid in story.payments:
                if paid.reversed == today and paid.fact is not None:
                    money.reverse_repayment(repayment=paid.fact, on=day(today))
            assert standing(number) == naive(story, today), today
        transaction.set_rollback(True)
