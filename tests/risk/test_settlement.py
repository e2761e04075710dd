"""A loan settled early: the quote is what it comes to, paid or not, and the book stays sound."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from billing import journal, settlement
from billing import operations as money
from billing.models import Bill, Charge, Entry, Fact, LineState, OpenBill
from billing.operations import FactRefused
from risk import checks
from risk.forecast.settlement import quote_settlement
from tests.factories import line, make_customer, open_days

pytestmark = pytest.mark.django_db

DRAWN, OPENED = dt.date(2026, 1, 10), dt.date(2026, 1, 1)
D = Decimal


def drawn(through: dt.date, *, paid: bool = True) -> Any:
    """3,000 drawn in three parts at 0.0004 a day; the first is paid on its due date."""
    customer = make_customer(OPENED)
    loan = line(customer, "cash_loan")
    open_days(customer, OPENED, DRAWN)
    money.book_draw(line=loan, amount=D(3000), instalments=3, on=DRAWN, number="D1")
    if paid and through >= dt.date(2026, 2, 10):
        money.book_repayment(line=loan, amount=D("1037.20"), on=dt.date(2026, 2, 10))
    on = max(DRAWN, dt.date(2026, 2, 10) if paid and through >= dt.date(2026, 2, 10) else DRAWN)
    open_days(customer, on + dt.timedelta(days=1), through)
    return loan


def test_the_quote_of_the_whole_says_what_it_comes_to_and_keeps_nothing():
    on = dt.date(2026, 2, 15)
    loan = drawn(on)
    quote = quote_settlement(line=loan, draw_number="D1", amount=None, on=on)
    figures = quote.figures
    assert (figures.principal, figures.interest, figures.total) == (D(2000), D(4), D(2004))
    assert (figures.given_back, figures.other_bills, figures.fees) == (0, 0, 0)
    assert quote.interest_saved == D("30.80")  # 22.40 + 12.40 by the schedule, less 4.00
    assert quote.whole
    assert quote.valid_until == on
    assert not Fact.objects.filter(kind="settle").exists()
    assert not Bill.objects.filter(origin="settled").exists()


def test_settled_and_paid_in_one_act_the_loan_is_gone():
    on = dt.date(2026, 2, 15)
    loan = drawn(on)
    done = settlement.settle_early(line=loan, draw_number="D1", amount=None, on=on, pay=True)
    assert done.fact.number == "D1/settled"
    assert done.repayment is not None
    assert done.repayment.amount == D(2004)
    assert not OpenBill.objects.filter(line=loan).exists()
    state = LineState.objects.get(line=loan)
    assert (state.unbilled, state.credit) == (0, 0)
    assert settlement.loans(loan.customer) == []
    assert checks.all_findings(checks.whole_book()) == []


@pytest.mark.parametrize("on", ["2026-01-10", "2026-02-03", "2026-02-15", "2026-03-01"])
@pytest.mark.parametrize("amount", [None, "0.01", "700", "1000", "1333.33"])
def test_a_quote_is_what_the_settlement_comes_to(on: str, amount: str | None):
    day = dt.date.fromisoformat(on)
    loan = drawn(day, paid=False)
    asked = None if amount is None else min(D(amount), settlement.loans(loan.customer)[0].left)
    quote = quote_settlement(line=loan, draw_number="D1", amount=asked, on=day)
    done = settlement.settle_early(
        line=loan, draw_number="D1", amount=asked, on=day, total=quote.figures.total, pay=True
    )
    told, came = quote.figures.__dict__, done.figures.__dict__
    assert {**told, "number": ""} == {**came, "number": ""}
    assert not OpenBill.objects.filter(bill__number=done.fact.number).exists()
    if asked is None:  # nothing of the loan is left to pay
        assert not OpenBill.objects.filter(line=loan).exists()
    assert LineState.objects.get(line=loan).credit == 0
    assert checks.all_findings(checks.whole_book()) == []


def test_a_quote_ahead_is_that_of_its_day():
    loan = drawn(dt.date(2026, 2, 15))
    quote = quote_settlement(line=loan, draw_number="D1", amount=None, on=dt.date(2026, 2, 20))
    assert quote.figures.interest == D(8)
    with pytest.raises(FactRefused, match="no quote"):
        quote_settlement(line=loan, draw_number="D1", amount=None, on=dt.date(2026, 2, 14))


def test_what_is_overdue_is_to_be_paid_first_with_its_fees():
    on = dt.date(2026, 2, 15)
    loan = drawn(on, paid=False)
    figures = quote_settlement(line=loan, draw_number="D1", amount=D(500), on=on).figures
    # D1/1: 1,037.20 and five fees of 0.60
    assert (figures.other_bills, figures.fees) == (D("1040.20"), D(3))
    assert figures.total == D("1040.20") + D(501)


def test_two_parts_shorten_the_loan_from_its_end():
    on = dt.date(2026, 2, 15)
    loan = drawn(on)
    settlement.settle_early(line=loan, draw_number="D1", amount=D(1200), on=on, pay=True)
    second = settlement.settle_early(line=loan, draw_number="D1", amount=D(300), on=on, pay=True)
    assert second.fact.number == "D1/settled-2"
    (left,) = Charge.objects.filter(line=loan, bill=None)
    assert (left.number, left.principal, left.interest) == ("D1/2", D(500), D("5.60"))
    assert checks.all_findings(checks.whole_book()) == []


@pytest.mark.parametrize(
    ("draw", "amount", "total", "words"),
    [
        ("D9", None, None, "has no loan D9"),
        ("D1", D("2000.01"), None, "between 0.01 and 2000.00"),
        ("D1", D(0), None, "between 0.01 and 2000.00"),
        ("D1", None, D(2000), "ask for a new quote"),
    ],
)
def test_what_cannot_be_settled_is_refused_and_nothing_is_booked(
    draw: str, amount: Decimal | None, total: Decimal | None, words: str
):
    on = dt.date(2026, 2, 15)
    loan = drawn(on)
    before = Fact.objects.count()
    with pytest.raises(FactRefused, match=words):
        settlement.settle_early(line=loan, draw_number=draw, amount=amount, on=on, total=total)
    assert Fact.objects.count() == before
    with pytest.raises(FactRefused, match="cash loan|Cash loan|no loan"):
        settlement.settle_early(
            line=line(loan.customer, "pay_later"), draw_number="D1", amount=None, on=on
        )


def test_a_bill_that_a_late_settlement_undoes_is_void_and_comes_back_as_itself():
    on = dt.date(2026, 3, 5)
    loan = drawn(on)
    undone = Bill.objects.get(number="D1/2")
    money.book_settlement(
        line=loan, number="S1", draw_number="D1", amount=None, on=on, value_on=dt.date(2026, 2, 15)
    )
    undone.refresh_from_db()
    assert undone.is_void
    assert undone.principal + undone.interest == 0
    assert not OpenBill.objects.filter(bill=undone).exists()
    assert checks.all_findings(checks.whole_book()) == []
    # a part that counts before it leaves the later one less, but all of it still
    money.book_settlement(
        line=loan, number="S0", draw_number="D1", amount=D(500), on=on,
        value_on=dt.date(2026, 2, 12),
    )  # fmt: skip
    assert Bill.objects.get(number="S0").principal == D(500)
    assert Bill.objects.get(number="S1").principal == D(1500)
    assert checks.all_findings(checks.whole_book()) == []


def test_interest_given_back_balances_in_the_journal():
    on = dt.date(2026, 2, 5)
    loan = drawn(on, paid=False)
    money.book_repayment(line=loan, amount=D("1037.20"), on=on)
    settlement.settle_early(line=loan, draw_number="D1", amount=None, on=on, pay=True)
    assert Entry.objects.filter(kind="given_back", component="credit", amount=D(4)).exists()
    journal.seal(on, through=Entry.objects.order_by("-pk")[0].pk)
    assert journal.out_of_balance(on) is None
    assert journal.unposted(0) == []


def test_a_number_is_a_bills_once():
    on = dt.date(2026, 2, 15)
    loan = drawn(on)
    for number in ("D1/1", "D1/2"):
        if Bill.objects.filter(number=number).exists():
            with pytest.raises(FactRefused, match="already"):
                settlement.settle_early(
                    line=loan, draw_number="D1", amount=None, on=on, number=number
                )
    settlement.settle_early(line=loan, draw_number="D1", amount=D(5), on=on, number="B7")
    with pytest.raises(FactRefused, match="already"):
        money.book_bill(line=loan, number="B7", principal=D(1), due_on=on, on=on)
