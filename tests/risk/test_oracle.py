"""The oracle agrees with every timeline of the contract, and with rules worked out by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from risk.scenario_file import differences, load, parse_yaml, scenario_of
from tests import oracle
from tests.timelines import learned_on_time, random_scenario

FILES = sorted((Path(__file__).parents[1] / "scenarios").glob("*.yaml"))


def test_the_contract_has_its_timelines() -> None:
    assert len(FILES) >= 41


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_oracle_agrees_with_the_timeline(path: Path) -> None:
    scenario = load(path)
    states = oracle.run(scenario)["states"]
    found = [
        difference
        for expected, state in zip(scenario.expect, states, strict=True)
        for difference in differences(expected, state)
    ]
    assert found == []


@pytest.mark.parametrize("seed", range(60))
def test_a_book_that_learned_every_fact_on_time_is_the_same(seed: int) -> None:
    scenario = random_scenario(seed)
    last = max((fact.booked_on for fact in scenario.facts), default=scenario.opened)
    for at in (last, last + dt.timedelta(days=40)):
        assert oracle.state_at(scenario, at) == oracle.state_at(learned_on_time(scenario), at)


# -- rules worked out by hand ------------------------------------------------------------

LINES = "lines: {pay_later: 5000, cash_loan: 10000}\n"


def state(facts: str, at: str, head: str = "", opened: str = "2026-01-01") -> dict[str, Any]:
    """The state at the end of a day; `facts` has one a line, its `head` other keys of the file."""
    listed = "".join(f"  - {{date: {fact.strip()}}}\n" for fact in facts.strip().splitlines())
    text = f"customer: {{opened: {opened}}}\n{LINES}{head}\nfacts:\n{listed}"
    scenario = scenario_of(parse_yaml(text), Path("by-hand.yaml"))
    return oracle.state_at(scenario, dt.date.fromisoformat(at))


BILL = "2026-03-01, bill: {id: B1, line: pay_later, principal: 1000, due: 2026-03-10}\n"


def pay_later(found: dict[str, Any], key: str) -> Any:
    return found["lines"]["pay_later"][key]


def test_refund_beyond_the_principal_is_allocated_like_a_repayment() -> None:
    facts = (
        BILL
        + "2026-03-01, bill: {id: B2, line: pay_later, principal: 80, due: 2026-03-20}\n"
        + "2026-03-05, repay: {id: P1, line: pay_later, amount: 900}\n"
        + "2026-03-06, refund: {bill: B1, amount: 200}"
    )
    found = state(facts, "2026-03-06")
    assert pay_later(found, "outstanding") == "0.00"
    assert pay_later(found, "credit_balance") == "20.00"
    assert state(facts, "2026-03-11")["events"] == ["2026-03-11 paid_on_time +3"]


def test_refund_of_a_bill_not_issued_yet_changes_nothing() -> None:
    facts = (
        "2026-02-10, purchase: {id: T1, line: pay_later, amount: 100}\n"
        "2026-02-20, refund: {bill: pay_later/2026-03, amount: 60}"
    )
    found = state(facts, "2026-03-01")
    assert (pay_later(found, "outstanding"), pay_later(found, "credit_balance")) == (
        "100.00",
        "0.00",
    )


def test_whole_refund_earns_nothing() -> None:
    assert (
        state(BILL + "2026-03-05, refund: {bill: B1, amount: 1000}", "2026-03-11")["events"] == []
    )


def test_second_dispute_and_one_of_a_disputed_bill_change_nothing() -> None:
    facts = (
        BILL
        + "2026-03-02, dispute: {bill: B1, amount: 300}\n"
        + "2026-03-03, dispute: {bill: B1, amount: 200}\n"
        + "2026-03-04, resolve_dispute: {bill: B1, outcome: lender}\n"
        + "2026-03-05, dispute: {bill: B1/disputed, amount: 100}"
    )
    assert pay_later(state(facts, "2026-03-03"), "outstanding") == "700.00"
    assert pay_later(state(facts, "2026-03-05"), "outstanding") == "1000.00"
    found = state(facts, "2026-03-15")
    assert found["fees"] == {"B1": "1.75", "B1/disputed": "0.15"}
    assert pay_later(found, "dpd") == 5


def test_grace_days_are_charged_at_one_opening_up_to_the_cap() -> None:
    head = "products: {pay_later: {grace_days: 3, late_fee_cap_rate: 0.0012}}"
    assert state(BILL, "2026-03-13", head)["fees"] == {}
    assert state(BILL, "2026-03-14", head)["fees"] == {"B1": "1.20"}


def test_grace_days_on_the_principal_of_that_opening() -> None:
    head = "products: {pay_later: {grace_days: 3}}"
    facts = BILL + "2026-03-12, repay: {id: P1, line: pay_later, amount: 900}"
    assert state(facts, "2026-03-14", head)["fees"] == {"B1": "0.20"}


def test_no_fees_for_the_days_of_a_plan_that_breaks_as_the_grace_ends() -> None:
    head = "products: {pay_later: {grace_days: 3}}\npolicy: {plan_grace_days: 0}"
    plan = (
        "plan: {id: A1, line: pay_later, bills: [B1], instalments: [{due: 2026-03-13, amount: 5}]}"
    )
    found = state(f"{BILL}2026-03-05, {plan}", "2026-03-14", head)
    assert found["fees"] == {"B1": "0.50"}
    assert pay_later(found, "dpd") == 4


def test_no_grace_fees_when_overdue_only_later() -> None:
    head = "products: {pay_later: {grace_days: 3}}\npolicy: {plan_grace_days: 0}"
    plan = (
        "plan: {id: A1, line: pay_later, bills: [B1], instalments: [{due: 2026-03-20, amount: 5}]}"
    )
    assert state(f"{BILL}2026-03-05, {plan}", "2026-03-21", head)["fees"] == {"B1": "0.50"}


def test_a_cure_within_tolerance_leaves_fees_and_cents_owed() -> None:
    head = "products: {pay_later: {tolerance: 10}}"
    facts = BILL + "2026-03-12, repay: {id: P1, line: pay_later, amount: 995}"
    found = state(facts, "2026-04-12", head)
    assert pay_later(found, "outstanding") == "6.00"
    assert found["events"] == ["2026-03-11 past_due/1 -15", "2026-03-12 cured +10"]


def test_two_episodes_of_one_opening_both_count_for_repeat() -> None:
    facts = BILL + "2026-03-01, bill: {id: L1, line: cash_loan, principal: 50, due: 2026-03-10}"
    assert state(facts, "2026-03-11")["events"] == [
        "2026-03-11 past_due/1 -15",
        "2026-03-11 past_due/1 -15",
        "2026-03-11 repeat/2 -10",
        "2026-03-11 repeat/2 -10",
    ]


def test_the_highest_repeat_that_fits_counts_even_if_it_gives_nothing() -> None:
    head = "policy: {score: {repeat: [{episodes: 1, points: -9}, {episodes: 2, points: 0}]}}"
    facts = BILL + "2026-03-01, bill: {id: L1, line: cash_loan, principal: 50, due: 2026-03-12}"
    events = state(facts, "2026-03-13", head)["events"]
    assert [event for event in events if "repeat" in event] == ["2026-03-11 repeat/1 -9"]


def test_severe_by_amount_is_of_the_line_and_never_falls_back() -> None:
    head = "policy: {severity: {severe_amount: 1050}}"
    facts = (
        BILL
        + "2026-03-01, bill: {id: B2, line: pay_later, principal: 50, due: 2026-03-12}\n"
        + "2026-03-14, repay: {id: P1, line: pay_later, amount: 900}"
    )
    assert pay_later(state(facts, "2026-03-12", head), "severity") == "general"
    assert pay_later(state(facts, "2026-03-13", head), "severity") == "severe"
    assert pay_later(state(facts, "2026-03-16", head), "severity") == "severe"


def test_points_that_come_after_forgiveness_count_again() -> None:
    facts = BILL + "2026-03-12, forgive: {bill: B1}"
    assert state(facts, "2026-03-12")["score"] == 600
    assert state(facts, "2026-03-18")["score"] == 585
    again = facts + "\n2026-03-18, forgive: {bill: B1}"
    assert state(again, "2026-03-18")["score"] == 600
    assert state(again, "2026-04-10")["score"] == 560


def test_forgiven_points_are_aside_from_the_next_opening() -> None:
    head = "policy: {alerts: {sharp_drop: {points_lost: 15}}}"
    facts = BILL + "2026-03-12, forgive: {bill: B1}"
    assert state(facts, "2026-03-12", head)["alerts"] == ["sharp_drop"]
    assert state(facts, "2026-03-13", head)["alerts"] == []


def test_an_alert_closes_when_the_policy_no_longer_has_it() -> None:
    head = "policy: {alerts: {sharp_drop: {points_lost: 15}}}"
    facts = BILL + "2026-03-13, policy: {alerts: {sharp_drop: null}}"
    assert state(facts, "2026-03-12", head)["alerts"] == ["sharp_drop"]
    assert state(facts, "2026-03-13", head)["alerts"] == []


@pytest.mark.parametrize(
    ("at", "events"),
    [
        ("2025-02-27", []),
        ("2025-02-28", ["2025-02-28 tenure/1 +5"]),
        ("2028-02-28", ["2025-02-28", "2026-02-28", "2027-02-28"]),
        ("2028-02-29", ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29 tenure/4 +5"]),
    ],
)
def test_tenure_of_a_leap_day(at: str, events: list[str]) -> None:
    found = state("2024-03-01, income: {id: I1}", at, opened="2024-02-29")["events"]
    tenure = [event for event in found if "tenure" in event]
    assert all(event.startswith(start) for event, start in zip(tenure, events, strict=True))


def test_lead_days_longer_than_a_month_bill_several_instalments_at_once() -> None:
    head = "products: {cash_loan: {billing_lead_days: 70}}"
    facts = "2026-01-31, draw: {id: D1, line: cash_loan, amount: 1000, instalments: 3}"
    assert state(facts, "2026-01-31", head)["lines"]["cash_loan"]["outstanding"] == "0.00"
    # 28 days on 1000, 31 on 666.67
    found = state(facts, "2026-02-01", head)["lines"]["cash_loan"]
    assert (found["outstanding"], found["available"]) == ("686.13", "9000.00")


def test_a_replaced_plan_frees_the_bills_that_the_new_one_leaves_out() -> None:
    both = "bills: [B1, B2], instalments: [{due: 2026-04-20, amount: 1100}]"
    one = "bills: [B2], instalments: [{due: 2026-04-20, amount: 100}]"
    facts = (
        BILL
        + "2026-03-01, bill: {id: B2, line: pay_later, principal: 100, due: 2026-03-10}\n"
        + f"2026-03-10, plan: {{id: A1, line: pay_later, {both}}}\n"
        + f"2026-03-20, plan: {{id: A2, line: pay_later, {one}}}\n"
    )
    assert state(facts, "2026-03-20")["events"] == []
    found = state(facts, "2026-03-21")
    assert (pay_later(found, "dpd"), found["fees"]) == (11, {"B1": "0.50"})
    assert found["events"] == ["2026-03-21 past_due/1 -15", "2026-03-21 past_due/8 -15"]


def test_repayments_count_towards_each_plan_of_the_line_in_full() -> None:
    facts = (
        BILL
        + "2026-03-01, bill: {id: B2, line: pay_later, principal: 100, due: 2026-03-12}\n"
        + "2026-03-05, plan: {id: A1, line: pay_later, bills: [B1],"
        + " instalments: [{due: 2026-03-20, amount: 100}, {due: 2026-06-20, amount: 900}]}\n"
        + "2026-03-05, plan: {id: A2, line: pay_later, bills: [B2],"
        + " instalments: [{due: 2026-03-20, amount: 100}, {due: 2026-06-20, amount: 1}]}\n"
        + "2026-03-20, repay: {id: P1, line: pay_later, amount: 100}\n"
    )
    assert state(facts, "2026-04-20")["events"] == []


def test_a_repayment_booked_before_a_plan_of_its_day_does_not_count_towards_it() -> None:
    plan = (
        "2026-03-05, plan: {id: A1, line: pay_later, bills: [B1],"
        " instalments: [{due: 2026-03-06, amount: 100}, {due: 2026-06-06, amount: 900}]}\n"
    )
    repay = "2026-03-05, repay: {id: P1, line: pay_later, amount: 100}\n"
    assert state(BILL + repay + plan, "2026-03-10")["events"] == ["2026-03-10 plan_broken -30"]
    assert state(BILL + plan + repay, "2026-03-10")["events"] == []


def test_a_plan_whose_fees_alone_are_left_breaks_after_the_cure() -> None:
    plan = (
        "plan: {id: A1, line: pay_later, bills: [B1], instalments: [{due: 2026-03-20, amount: 1}]}"
    )
    facts = (
        f"{BILL}2026-03-12, {plan}\n"
        "2026-03-13, waive: {bill: B1, amount: 0.4}\n"
        "2026-03-14, refund: {bill: B1, amount: 1000}\n"
    )
    found = state(facts, "2026-03-24")
    assert pay_later(found, "outstanding") == "0.60"
    assert found["events"] == [
        "2026-03-11 past_due/1 -15",
        "2026-03-14 cured +10",
        "2026-03-24 plan_broken -30",
    ]


def test_a_held_restriction_ends_on_its_day() -> None:
    head = (
        "policy: {restrictions: [{code: late, trigger: own_overdue, target: any,"
        " effect: reduce, factor: 0.333, hold_days: 2}]}"
    )
    facts = BILL + "2026-03-11, repay: {id: P1, line: pay_later, amount: 2000}"
    assert pay_later(state(facts, "2026-03-12", head), "effective_limit") == "1665.00"
    assert pay_later(state(facts, "2026-03-13", head), "status") == "active"


def test_what_was_paid_on_a_part_never_owed_pays_other_bills_first() -> None:
    facts = (
        BILL
        + "2026-03-01, bill: {id: B2, line: pay_later, principal: 100, due: 2026-03-20}\n"
        + "2026-03-09, repay: {id: P1, line: pay_later, amount: 1000}\n"
        + "2026-03-15, dispute: {bill: B1, amount: 150}\n"
        + "2026-03-18, resolve_dispute: {bill: B1, outcome: customer}\n"
    )
    found = state(facts, "2026-03-18")
    assert (pay_later(found, "outstanding"), pay_later(found, "credit_balance")) == (
        "0.00",
        "50.00",
    )
