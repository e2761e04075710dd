"""A forecast is what the nights then record, if what it supposes comes true."""

import datetime
import random
from decimal import Decimal

import pytest
from django.db import DataError, connection, transaction

from billing import operations as money
from billing.engine import sql
from billing.engine.scope import Few
from risk.explain import explain
from risk.forecast import NoBook, PlanFrom, Repay, draw, forecast, tell, usual
from risk.forecast.days import read_day
from risk.forecast.words import headline
from tests.book import book_facts, enter, timelines
from tests.factories import line, make_customer, open_days

pytestmark = pytest.mark.django_db

FIRST = datetime.date(2025, 1, 1)


def day(month, number):
    return datetime.date(2025, month, number)


def days_after(on, n):
    return on + datetime.timedelta(days=n)


def state(customer, on):
    """How the customer really stands, read as a forecast reads its shadows."""
    return read_day(on, sql.run("risk", "forecast_day", Few((customer.pk,)), {"on": on})["state"])


def live(customer, foretold):
    """Open the days of a forecast for real, and pay what it supposed, day by day."""
    lines = {found.product: found for found in customer_lines(customer)}
    found = []
    for expected in foretold.days:
        if expected.on > foretold.days[0].on:
            open_days(customer, expected.on, expected.on)
        for step in foretold.steps:
            if isinstance(step, PlanFrom) and step.on == expected.on:
                money.agree_plan(
                    line=lines[step.product], bill_numbers=step.bill_numbers,
                    instalments=step.instalments, on=step.on, number="PLAN-1",
                )  # fmt: skip
        for payment in foretold.payments:
            if payment.on == expected.on:
                money.book_repayment(
                    line=lines[payment.product], amount=payment.amount, on=payment.on
                )
        found.append(state(customer, expected.on))
    return found


def customer_lines(customer):
    from billing.models import CreditLine

    return CreditLine.objects.filter(customer=customer)


def compared(days):
    """A plan's own number is the one thing that a forecast cannot know."""
    return [
        (d.on, d.score, d.lines, d.restrictions, sorted(status for _n, status in d.plans))
        for d in days
    ]


def a_late_customer():
    customer = make_customer(FIRST)
    money.book_bill(
        line=line(customer), number=f"{customer.number}-B1", principal=Decimal(1000),
        due_on=day(2, 10), on=FIRST,
    )  # fmt: skip
    money.book_draw(line=line(customer, "cash_loan"), amount=Decimal(3000), instalments=6, on=FIRST)
    open_days(customer, FIRST, day(2, 1))
    money.book_repayment(line=line(customer, "cash_loan"), amount=Decimal(540), on=day(2, 1))
    open_days(customer, day(2, 2), day(2, 22))
    return customer


@pytest.mark.parametrize("code", ["nothing", "overdue", "all"])
def test_what_is_foretold_is_what_the_nights_record(code):
    customer = a_late_customer()
    choice = next(c for c in usual(explain(customer.pk, day(2, 22)).record) if c.code == code)
    foretold = forecast(customer.pk, steps=choice.steps, bills_on_time=choice.bills_on_time)
    assert compared(live(customer, foretold)) == compared(foretold.days)


@pytest.mark.parametrize("kept", [True, False])
def test_a_plan_that_is_kept_or_broken_comes_as_foretold(kept):
    customer = a_late_customer()
    plan = PlanFrom(
        "pay_later", (f"{customer.number}-B1",),
        ((day(3, 10), Decimal("503")), (day(4, 10), Decimal("503"))), day(2, 22), kept=kept,
    )  # fmt: skip
    foretold = forecast(customer.pk, steps=[plan])
    assert ("pay_later", "plan_broken", "plan_broken") in foretold.last.restrictions or kept
    assert compared(live(customer, foretold)) == compared(foretold.days)


@pytest.mark.parametrize("seed", range(40, 52))
def test_random_customers_with_random_repayments_come_as_foretold(seed):
    pick = random.Random(seed)
    first, last = datetime.date(2000, 1, 1), datetime.date(2100, 1, 1)
    found = timelines(range(seed * 50, seed * 50 + 50), first, last)
    scenario = pick.choice(found)
    timeline = enter(scenario, f"~{seed}:")
    today = max(fact.value_on for fact in scenario.facts) if scenario.facts else scenario.opened
    today = max(min(today, days_after(scenario.opened, 120)), days_after(scenario.opened, 1))
    book_facts([timeline], through=days_after(today, -1))
    open_days(timeline.customer, scenario.opened, today)
    steps = [
        Repay(
            pick.choice(list(scenario.lines)), Decimal(pick.randint(1, 90000)) / 100,
            days_after(today, pick.randint(0, 50)),
        )
        for _n in range(pick.randint(0, 3))
    ]  # fmt: skip
    foretold = forecast(
        timeline.customer.pk, steps=steps, days=60, bills_on_time=pick.random() < 0.5
    )
    assert compared(live(timeline.customer, foretold)) == compared(foretold.days)


def test_nothing_real_is_written():
    customer = a_late_customer()
    tables = [
        "billing_fact", "billing_entry", "billing_bill", "billing_openbill", "risk_point",
        "risk_restriction", "risk_score", "risk_episode", "risk_decision", "risk_correction",
    ]  # fmt: skip

    def everything():
        found = {}
        with connection.cursor() as cursor:
            for table in tables:
                rows = "string_agg(t::text, '' order by t::text)"
                cursor.execute(f"select md5(coalesce({rows}, '')) from {table} t")
                found[table] = cursor.fetchone()[0]
        return found

    before = everything()
    forecast(customer.pk, steps=[Repay("pay_later", Decimal(2000), day(2, 25))], days=365)
    assert everything() == before


def test_a_late_fact_after_a_forecast_still_finds_the_real_facts():
    customer = a_late_customer()
    forecast(customer.pk, steps=[Repay("pay_later", Decimal(5), day(2, 23))])
    money.book_repayment(
        line=line(customer), amount=Decimal(1000), on=day(2, 22), value_on=day(2, 9)
    )
    now = state(customer, day(2, 22))
    assert now.restrictions == ()
    assert now.line("pay_later").outstanding == 0


def test_paying_the_overdue_part_says_what_comes_back_and_when():
    customer = a_late_customer()
    record = explain(customer.pk, day(2, 22)).record
    choice = next(c for c in usual(record) if c.code == "overdue")
    assert choice.amount == Decimal("1006.00")
    foretold = forecast(customer.pk, steps=choice.steps)
    assert foretold.free_on("pay_later") == day(2, 22)
    assert headline(foretold)[:2] == ["Pay-later line: back at once.", "Cash loan: back at once."]
    told = [row.words for row in tell(foretold) if row.on == day(2, 22)]
    assert told[0] == "You pay 1,006.00 to: Pay-later line."
    assert "Pay-later line: no longer overdue." in told
    assert "Pay-later line: the full limit of 10,000.00 is back." in told
    assert "Cash loan: the full limit of 20,000.00 is back." in told


def test_paying_nothing_says_how_it_gets_worse():
    customer = a_late_customer()
    foretold = forecast(customer.pk, bills_on_time=False)
    assert foretold.free_on("pay_later") is None
    assert headline(foretold)[0] == "Pay-later line: stays restricted in these days."
    told = [(row.on, row.words) for row in tell(foretold)]
    assert (day(3, 2), "Cash loan: suspended.") in told
    assert told[-1][1] == f"The credit score is {foretold.last.score} then."


def test_the_drawing_has_every_day_once_in_each_row():
    customer = a_late_customer()
    drawing = draw(forecast(customer.pk, bills_on_time=False))
    assert len(drawing.rows) == 2
    for row in drawing.rows:
        assert row.bands[0].first == day(2, 22)
        assert row.bands[-1].last == days_after(day(2, 22), 90)
        for before, after in zip(row.bands, row.bands[1:], strict=False):
            assert days_after(before.last, 1) == after.first
            assert before.status != after.status
    assert drawing.table[0].on == day(2, 22)


def test_a_customer_whom_no_night_has_opened_has_no_forecast():
    with pytest.raises(NoBook):
        forecast(make_customer(FIRST).pk)


def test_statements_on_their_way_give_their_counts_and_their_faults():
    someone = Few((1,))
    with sql.without_waiting():
        first, second = (sql.run_text(f"select {n} as n", someone, {}) for n in (1, 2))
        nothing = sql.run_text("delete from risk_score where false", someone, {})
        assert (second["n"], first["n"], nothing["rows"]) == (2, 1, 0)
        late = sql.run_text("select 3 as n", someone, {})
    assert late["n"] == 3
    with pytest.raises(KeyError, match="m"):
        late["m"]
    with pytest.raises(DataError, match="division by zero"):
        a_fault_on_the_way(someone)
    assert sql.run_text("select 4 as n", someone, {}) == {"n": 4}


@transaction.atomic
def a_fault_on_the_way(scope):
    with sql.without_waiting():
        sql.run_text("select 1 / 0 as n", scope, {})
        sql.run_text("select 1 as n", scope, {})
