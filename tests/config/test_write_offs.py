"""The nights write off what has reached the days past due that the terms name, once."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Customer
from billing import journal
from billing import operations as money
from billing.models import BusinessDay, Entry, Fact, OpenBill, ProductTerms, TrialBalance, WriteOff
from config.night import open_due_days
from risk import checks
from risk.policy import CONTRACT, preset
from tests.factories import FIRST_DAY, line, make_customer

FIRST = dt.date(2026, 1, 1)
DUE = dt.date(2026, 1, 10)
REACHED = DUE + dt.timedelta(days=5)


@pytest.fixture
def book(clean_book: None) -> None:
    """Terms that write off at 5 days past due, of the pay-later line alone."""
    figures = preset(CONTRACT).terms["pay_later"].document()
    make_customer(FIRST)
    terms = ProductTerms(
        product="pay_later", effective_from=FIRST_DAY + dt.timedelta(days=1),
        document={**figures, "write_off_dpd": 5}, preset=CONTRACT,
    )  # fmt: skip
    terms.save()


def a_bill(number: str, product: str = "pay_later", **more: Any) -> Customer:
    customer = more.pop("customer", None) or make_customer(FIRST)
    values = {"principal": Decimal(1000), "due_on": DUE, "on": FIRST, **more}
    money.book_bill(line=line(customer, product), number=number, **values)
    return customer


def written_off() -> set[tuple[str, dt.date]]:
    return set(WriteOff.objects.values_list("bill__number", "written_on"))


def test_a_line_is_written_off_on_the_day_that_the_terms_name_and_once(book: None) -> None:
    both = a_bill("B1")
    a_bill("B2", customer=both, due_on=dt.date(2026, 2, 20))  # not due yet: it is covered, too
    a_bill("L1", "cash_loan")
    planned, held, paid = a_bill("B3"), a_bill("B4"), a_bill("B5")
    money.agree_plan(
        line=line(planned), number="A1", bill_numbers=["B3"], on=dt.date(2026, 1, 11),
        instalments=[(dt.date(2026, 6, 1), Decimal(1000))],
    )  # fmt: skip
    money.place_hold(
        line=line(held), number="H1", fees=True, milestones=False, on=dt.date(2026, 1, 12),
        until_on=dt.date(2026, 1, 18),
    )  # fmt: skip
    money.book_repayment(line=line(paid), amount=Decimal(1010), on=dt.date(2026, 1, 13))
    open_due_days(REACHED - dt.timedelta(days=1))
    assert written_off() == set()
    open_due_days(REACHED)
    assert written_off() == {("B1", REACHED), ("B2", REACHED)}
    open_due_days(dt.date(2026, 1, 25))
    after_the_hold = dt.date(2026, 1, 18)
    assert written_off() == {("B1", REACHED), ("B2", REACHED), ("B4", after_the_hold)}
    facts = Fact.objects.filter(kind="write_off")
    assert set(facts.values_list("customer", "value_on", "booked_by")) == {
        (both.pk, REACHED, None), (held.pk, after_the_hold, None),
    }  # fmt: skip
    assert OpenBill.objects.get(bill__number="B1").fees_charged == Decimal("2.50")
    day = BusinessDay.objects.get(on=REACHED)
    assert (day.report["rows"]["write_offs"], day.report["rows"]["book_write_off"]) == (
        {"lines": 1}, {"bills": 2, "amount": "2002.50"},
    )  # fmt: skip
    assert checks.all_findings(checks.whole_book()) == []


def test_a_decision_taken_by_a_night_stands_whatever_is_learned_later(book: None) -> None:
    customer = a_bill("B1")
    open_due_days(dt.date(2026, 1, 20))
    money.book_repayment(
        line=line(customer), number="P1", amount=Decimal(2000), on=dt.date(2026, 1, 20),
        value_on=dt.date(2026, 1, 9),
    )  # fmt: skip
    assert Fact.objects.filter(kind="write_off").count() == 1
    assert written_off() == set()  # the fact finds nothing to cover any more
    money.reverse_repayment(repayment=Fact.objects.get(number="P1"), on=dt.date(2026, 1, 20))
    assert written_off() == {("B1", REACHED)}
    assert Fact.objects.filter(kind="write_off").count() == 1


def test_a_customer_opened_before_the_night_is_written_off_all_the_same(book: None) -> None:
    customer = a_bill("B1")
    open_due_days(dt.date(2026, 1, 13))
    money.change_limit(line=line(customer), amount=Decimal(9000), on=dt.date(2026, 1, 16))
    assert written_off() == {("B1", REACHED)}
    open_due_days(dt.date(2026, 1, 20))
    assert Fact.objects.filter(kind="write_off").count() == 1


def test_receivable_is_what_is_owed_of_bills_on_the_books(book: None) -> None:
    lost, good = a_bill("B1"), a_bill("B2", due_on=dt.date(2026, 3, 1))
    open_due_days(dt.date(2026, 1, 20))
    money.book_repayment(line=line(lost), amount=Decimal(400), on=dt.date(2026, 1, 20))
    money.book_repayment(line=line(good), amount=Decimal(100), on=dt.date(2026, 1, 20))
    open_due_days(dt.date(2026, 1, 21))
    day = dt.date(2026, 1, 21)
    assert journal.out_of_balance(day) is None
    found = {
        row.account: row.balance for row in TrialBalance.objects.filter(day=day) if row.balance
    }
    assert found["receivable"] == 900
    assert found["written_off"] == Decimal("1002.50")
    assert found["recoveries"] == -400
    assert found["clearing"] == 500
    assert journal.unposted(0) == []
    assert Entry.objects.filter(kind="recovered", component="books").count() == 1
