"""Terms that write off at a number of days past due: foretold, tried in files, done by the nights.

The nights decide (tests/config/test_write_offs.py); a forecast and a scenario file decide by the
same code, and the oracle by none of it.
"""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from billing import operations as money
from billing.engine import sql
from billing.engine.scope import Few
from billing.models import Fact, ProductTerms, WriteOff
from config.night import open_due_days
from risk import scenario
from risk.forecast import Repay, forecast, tell
from risk.forecast.days import DayState, Forecast, read_day
from risk.policy import CONTRACT, preset
from risk.scenario_file import Scenario, ScenarioError
from tests import oracle
from tests.factories import FIRST_DAY, line, make_customer, publish
from tests.timelines import random_scenario

FIRST, DUE = dt.date(2026, 1, 1), dt.date(2026, 1, 10)
D = Decimal
ONE_DAY = dt.timedelta(days=1)


def write_off_at(dpd: int) -> None:
    """Both products' terms write off at so many days past due."""
    publish()
    for product, terms in preset(CONTRACT).terms.items():
        ProductTerms(
            product=product, effective_from=FIRST_DAY + ONE_DAY, preset=CONTRACT,
            document={**terms.document(), "write_off_dpd": dpd},
        ).save()  # fmt: skip


def state(customer: Any, on: dt.date) -> DayState:
    """How the customer really stands, read as a forecast reads its shadows."""
    return read_day(on, sql.run("risk", "forecast_day", Few((customer.pk,)), {"on": on})["state"])


def lived(customer: Any, foretold: Forecast) -> list[DayState]:
    """Let the nights come, and pay what was supposed."""
    found = []
    for day in foretold.days:
        open_due_days(day.on)
        for payment in foretold.payments:
            if payment.on == day.on:
                money.book_repayment(
                    line=line(customer, payment.product), amount=payment.amount, on=day.on
                )
        found.append(state(customer, day.on))
    return found


def differing(lived: list[DayState], foretold: Forecast) -> list[tuple[DayState, DayState]]:
    return [pair for pair in zip(lived, foretold.days, strict=True) if pair[0] != pair[1]]


@pytest.fixture
def late(clean_book: None) -> Any:
    """A bill of 1,000 of 10 January and a loan, unpaid until the night of 20 January; terms that
    write off at 15 days past due: on 25 January."""
    customer = make_customer(FIRST)
    write_off_at(15)
    money.book_bill(
        line=line(customer), number="B1", principal=D(1000), due_on=DUE, on=FIRST
    )  # fmt: skip
    money.book_draw(line=line(customer, "cash_loan"), amount=D(600), instalments=3, on=FIRST)
    open_due_days(dt.date(2026, 1, 20))
    return customer


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [Repay("pay_later", D(300), dt.date(2026, 1, 25))],  # on the day: a recovery
        [
            Repay("pay_later", D(300), dt.date(2026, 2, 3)),
            Repay("pay_later", D(900), dt.date(2026, 2, 9)),
        ],
        [Repay("pay_later", D(2000), dt.date(2026, 1, 24))],  # in time: nothing is written off
    ],
)  # fmt: skip
def test_the_nights_write_off_what_was_foretold(late: Any, steps: list[Repay]) -> None:
    foretold = forecast(late.pk, steps=steps, days=60, bills_on_time=False)
    assert not WriteOff.objects.exists()
    assert not Fact.objects.filter(kind="write_off").exists()
    assert differing(lived(late, foretold), foretold) == []
    really = {row.bill.number: row.written_on for row in WriteOff.objects.select_related("bill")}
    in_time = bool(steps) and steps[0].amount == 2000
    assert ("B1" in really) != in_time
    assert in_time or really["B1"] == dt.date(2026, 1, 25)
    assert len(really) >= 1  # the loan's first instalment is written off in any case


def test_a_forecast_says_when_and_how_much(late: Any) -> None:
    foretold = forecast(late.pk, days=10, bills_on_time=False)
    owed = D("1007.50")  # 0.50 a day from 11 to 25 January, then no more
    assert foretold.on(dt.date(2026, 1, 24)).line("pay_later").written_off == 0
    assert foretold.on(dt.date(2026, 1, 25)).line("pay_later").written_off == owed
    assert foretold.last.line("pay_later").outstanding == owed
    words = [told.words for told in tell(foretold) if told.on == dt.date(2026, 1, 25)]
    assert (
        "Pay-later line: 1,007.50 that is unpaid is written off as a loss; you still owe it."
        in words
    )


def test_what_the_night_decided_already_is_not_foretold_again(late: Any) -> None:
    open_due_days(dt.date(2026, 1, 25))
    foretold = forecast(late.pk, days=5, bills_on_time=False)
    assert foretold.now.line("pay_later").written_off == D("1007.50")
    assert {day.line("pay_later").written_off for day in foretold.days} == {D("1007.50")}
    assert Fact.objects.filter(kind="write_off").count() == 1


def with_write_offs(found: Scenario, dpd: int) -> Scenario:
    terms = {
        product: terms.model_copy(update={"write_off_dpd": dpd})
        for product, terms in found.terms.items()
    }
    return replace(found, terms=terms)


@pytest.mark.parametrize("seed", range(10))
def test_random_timelines_are_written_off_as_the_oracle_says(seed: int, db: None) -> None:
    try:
        found = with_write_offs(random_scenario(9000 + seed), (1, 8, 30)[seed % 3])
    except ScenarioError:
        pytest.skip("no timeline")
    last = min(
        max((fact.booked_on for fact in found.facts), default=found.opened) + 20 * ONE_DAY,
        found.opened + 150 * ONE_DAY,
    )
    ats = [found.opened + n * ONE_DAY for n in range(0, (last - found.opened).days + 1, 15)]
    found = replace(found, expect=tuple({"at": at} for at in ats))
    assert scenario.run(found)["states"] == oracle.run(found)["states"]
