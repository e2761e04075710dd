"""How a total is split over months: exact to the cent, on the day of the month."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.plans import NoSchedule, least_amount, schedule_by_amount, schedule_by_parts

FIRST = dt.date(2025, 1, 31)
AMOUNTS = st.decimals(min_value="0.01", max_value="999999.99", places=2)


def test_equal_parts_sum_to_the_total() -> None:
    assert schedule_by_parts(Decimal("100.00"), 3, FIRST) == [
        (dt.date(2025, 1, 31), Decimal("33.33")),
        (dt.date(2025, 2, 28), Decimal("33.33")),
        (dt.date(2025, 3, 31), Decimal("33.34")),
    ]


def test_an_affordable_amount_leaves_the_rest_for_the_last_month() -> None:
    assert schedule_by_amount(Decimal("1000.00"), Decimal("400"), dt.date(2025, 11, 30)) == [
        (dt.date(2025, 11, 30), Decimal("400")),
        (dt.date(2025, 12, 30), Decimal("400")),
        (dt.date(2026, 1, 30), Decimal("200.00")),
    ]


def test_a_total_that_divides_has_no_rest() -> None:
    amounts = [amount for _, amount in schedule_by_amount(Decimal(900), Decimal(300), FIRST)]
    assert amounts == [300, 300, 300]


@given(total=AMOUNTS, parts=st.integers(1, 60))
def test_parts_are_positive_and_sum_to_the_total(total: Decimal, parts: int) -> None:
    if total < parts * Decimal("0.01"):
        with pytest.raises(NoSchedule):
            schedule_by_parts(total, parts, FIRST)
        return
    amounts = [amount for _, amount in schedule_by_parts(total, parts, FIRST)]
    assert sum(amounts) == total
    assert len(amounts) == parts
    assert min(amounts) > 0
    assert amounts[-1] == max(amounts)


@given(total=AMOUNTS, monthly=AMOUNTS)
def test_a_schedule_by_amount_sums_to_the_total_within_its_months(
    total: Decimal, monthly: Decimal
) -> None:
    if monthly < least_amount(total):
        with pytest.raises(NoSchedule, match="at least"):
            schedule_by_amount(total, monthly, FIRST)
        return
    schedule = schedule_by_amount(total, monthly, FIRST)
    amounts = [amount for _, amount in schedule]
    assert sum(amounts) == total
    assert len(amounts) <= 60
    assert 0 < min(amounts) <= max(amounts) <= monthly
    assert [due for due, _ in schedule] == sorted({due for due, _ in schedule})


@pytest.mark.parametrize(("total", "monthly"), [("0", "10"), ("10", "0"), ("10", "-1")])
def test_nothing_a_month_or_nothing_to_pay_is_refused(total: str, monthly: str) -> None:
    with pytest.raises(NoSchedule):
        schedule_by_amount(Decimal(total), Decimal(monthly), FIRST)


@pytest.mark.parametrize("parts", [0, -3])
def test_no_parts_are_refused(parts: int) -> None:
    with pytest.raises(NoSchedule):
        schedule_by_parts(Decimal(100), parts, FIRST)
