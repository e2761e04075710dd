"""Credit balances that are paid out; debt that is written off, and what comes back of it."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.forbidding import MarkForbids
from accounts.marks import MarkKind
from accounts.models import AuthorityLimit, WorkItem
from billing import journal, operations
from billing.balances import on_the_books
from billing.models import Entry, Fact, JournalLine, LineState, OpenBill, WriteOff
from billing.operations import FactRefused
from risk import checks, marks
from risk.desk import acts
from tests.factories import line, make_customer, make_user, open_days, start_with_limits

pytestmark = pytest.mark.django_db

FIRST, TODAY = dt.date(2025, 1, 1), dt.date(2025, 3, 20)
D = Decimal


@pytest.fixture
def late() -> Any:
    """A customer with a bill of 10,000, due on 2 March and unpaid: 18 fees of 5.00."""
    customer = make_customer(FIRST)
    operations.book_bill(
        line=line(customer), number=f"B-{customer.number}", principal=D(10_000),
        due_on=dt.date(2025, 3, 2), on=dt.date(2025, 2, 10),
    )  # fmt: skip
    open_days(customer, FIRST, TODAY)
    return customer


def credit(customer: Any) -> Decimal:
    found: Decimal = LineState.objects.get(line=line(customer)).credit
    return found


def repay(customer: Any, amount: int | str, on: dt.date = TODAY) -> Fact:
    return operations.book_repayment(line=line(customer), amount=D(amount), on=on)


def accounts(customer: Any) -> dict[str, Decimal]:
    """What stands in each account of the journal for the customer."""
    found: dict[str, Decimal] = {}
    for row in JournalLine.objects.filter(customer=customer):
        found[row.account] = found.get(row.account, D(0)) + row.amount
    assert sum(found.values()) == 0
    return {account: amount for account, amount in found.items() if amount}


# -- payouts -----------------------------------------------------------------------------


def test_a_credit_balance_is_paid_out_in_part_and_no_further_than_it_goes(late: Any) -> None:
    repay(late, 10_190)
    assert credit(late) == 100
    operations.pay_out_credit(line=line(late), amount=D(60), on=TODAY, number="O1")
    assert credit(late) == 40
    for amount in ("40.01", "0"):
        with pytest.raises(FactRefused):
            operations.pay_out_credit(line=line(late), amount=D(amount), on=TODAY, number="O2")
    with pytest.raises(FactRefused, match="booked already"):
        operations.pay_out_credit(line=line(late), amount=D(40), on=TODAY, number="O1")
    found = accounts(late)
    assert (found["customer_credit"], found["clearing"]) == (-40, 10_130)


def test_nothing_is_paid_out_while_a_court_has_frozen_the_money(late: Any) -> None:
    repay(late, 10_190)
    mark = marks.mark(
        customer=late, kind=MarkKind.COURT_FREEZE, from_on=TODAY, on=TODAY, by=make_user(),
        reason="order 7", at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(MarkForbids, match="court"):
        operations.pay_out_credit(line=line(late), amount=D(60), on=TODAY, number="O1")
    marks.end_mark(mark=mark, on=TODAY, by=make_user(), reason="lifted", at=timezone.now())
    operations.pay_out_credit(line=line(late), amount=D(60), on=TODAY, number="O1")
    assert credit(late) == 40


def test_a_payment_that_bounces_after_its_payout_is_work_for_somebody(late: Any) -> None:
    paid = repay(late, 10_190)
    operations.pay_out_credit(line=line(late), amount=D(100), on=TODAY, number="O1")
    assert not WorkItem.objects.filter(queue="overpaid").exists()
    operations.reverse_repayment(repayment=paid, on=TODAY)
    assert credit(late) == 0
    assert OpenBill.objects.get().principal == 10_000
    item = WorkItem.objects.get(queue="overpaid")
    assert (item.customer, item.done_at, item.context["amount"]) == (late, None, "100.00")
    repay(late, 10_195)  # 95 of the 100 are there again, but came after the payout
    item.refresh_from_db()
    assert item.done_at is None
    assert credit(late) == 105


# -- write-offs --------------------------------------------------------------------------


def test_a_write_off_leaves_what_is_owed_and_ends_the_fees(late: Any) -> None:
    fact = operations.write_off(line=line(late), on=TODAY, reason="no hope")
    row = WriteOff.objects.get()
    assert (row.written_on, row.fact_id, row.amount, row.owed) == (TODAY, fact.pk, 10_090, 10_090)
    open_days(late, TODAY + dt.timedelta(days=1), TODAY + dt.timedelta(days=9))
    bill = OpenBill.objects.get()
    assert (bill.principal, bill.fee) == (10_000, 90)
    assert on_the_books(late) == {}
    with pytest.raises(FactRefused, match="on the books"):
        operations.write_off(line=line(late), on=TODAY + dt.timedelta(days=9))


def test_the_journal_follows_a_write_off_its_recovery_and_the_bounce(late: Any) -> None:
    before = {"receivable": 10_090, "lending": -10_000, "fee_income": -90}
    assert accounts(late) == before
    operations.write_off(line=line(late), on=TODAY)
    lost = {"written_off": 10_090, "lending": -10_000, "fee_income": -90}
    assert accounts(late) == lost
    bill = f"B-{late.number}"
    operations.waive_fees(line=line(late), bill_number=bill, amount=D(10), on=TODAY)
    lost |= {"written_off": 10_080, "waivers": 10}
    assert accounts(late) == lost
    recovered = repay(late, 500)
    assert accounts(late) == {**lost, "recoveries": -500, "clearing": 500}
    operations.book_refund(line=line(late), bill_number=bill, amount=D(1000), on=TODAY)
    lost |= {"written_off": 9_080, "lending": -9_000}
    assert accounts(late) == {**lost, "recoveries": -500, "clearing": 500}
    operations.reverse_repayment(repayment=recovered, on=TODAY)
    assert accounts(late) == lost
    assert WriteOff.objects.get().owed == 9_080
    repay(late, 9_090)
    assert WriteOff.objects.get().owed == 0
    back = {"recoveries": -9_080, "clearing": 9_090, "customer_credit": -10}
    assert accounts(late) == {**lost, **back}
    assert checks.all_findings(checks.whole_book()) == []
    assert journal.unposted(0) == []


def test_a_payment_learned_of_late_takes_the_write_off_of_its_bill_back(late: Any) -> None:
    operations.write_off(line=line(late), on=TODAY)
    operations.book_repayment(
        line=line(late), amount=D(10_000), on=TODAY, value_on=dt.date(2025, 3, 2)
    )
    assert not WriteOff.objects.exists()
    assert accounts(late) == {"clearing": 10_000, "lending": -10_000}
    assert not Entry.objects.filter(component="books", kind="recovered").exists()


def test_a_waiver_that_comes_back_on_a_bill_off_the_books_is_owed_again(late: Any) -> None:
    number = f"B-{late.number}"
    operations.waive_fees(
        line=line(late), bill_number=number, amount=None, plan_number="A1", on=TODAY
    )
    operations.agree_plan(
        line=line(late), bill_numbers=[number], number="A1", on=TODAY,
        instalments=[(dt.date(2025, 6, 1), D(10_000))],
    )  # fmt: skip
    operations.write_off(line=line(late), on=TODAY)
    assert WriteOff.objects.get().owed == 10_000
    operations.end_plan(line=line(late), number="A1", on=TODAY)
    assert WriteOff.objects.get().owed == 10_090
    assert accounts(late)["written_off"] == 10_090
    assert "receivable" not in accounts(late)


# -- at the desk -------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "most"), [("agent", 0), ("supervisor", 20_000)])
def test_a_large_write_off_needs_a_second_person(
    late: Any, role: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_with_limits()
    AuthorityLimit.objects.filter(role="supervisor", act="write_off").update(
        alone=most, alone_in_a_year=most
    )
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    client = Client()
    client.force_login(make_user(role))
    address = reverse("admin:accounts_customer_act", args=[late.pk, "write_off"])
    shown = client.post(
        address, {"step": "preview", "line": line(late).pk, "reason": "other", "words": "no hope"}
    )
    assert shown.status_code == 200
    assert shown.context["alone"] is (most > 10_090)
    assert "10,090.00 would leave the books" in shown.content.decode()
    assert not WriteOff.objects.exists()


def test_the_customer_page_and_the_portal_say_it_in_plain_words(late: Any) -> None:
    operations.write_off(line=line(late), on=TODAY)
    staff = Client()
    staff.force_login(make_user("administrator", language="en"))
    page = staff.get(reverse("admin:accounts_customer_change", args=[late.pk])).content.decode()
    assert "Written off 2025-03-20" in page
    bill = OpenBill.objects.get().bill
    record = staff.get(reverse("admin:billing_bill_change", args=[bill.pk])).content.decode()
    assert "10,090.00 of it still owed" in record
    customer = Client()
    customer.force_login(make_user(is_staff=False, customer=late, language="en"))
    shown = customer.get(reverse("my:bill", args=[bill.number])).content.decode()
    assert "We wrote this bill off on" in shown
    assert "You still owe" in shown
    assert "On the books" not in shown
