"""A timeline file is read exactly or refused whole, with its file, its fact and the reason."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.scenario_file import (
    Instalment,
    Scenario,
    ScenarioError,
    differences,
    load,
    parse_yaml,
    scenario_of,
)
from tests.timelines import random_scenario, to_yaml

HEAD = """
name: case
customer: {opened: 2026-01-01}
lines: {pay_later: 5000.0, cash_loan: 10000.0}
"""
SETTING = """
  - {date: 2026-03-01, bill: {id: B1, line: pay_later, principal: 1000, due: 2026-03-10}}
  - {date: 2026-03-01, bill: {id: L1, line: cash_loan, principal: 100, due: 2026-03-10}}
  - {date: 2026-02-10, purchase: {id: T1, line: pay_later, amount: 100}}
  - {date: 2026-02-10, draw: {id: D1, line: cash_loan, amount: 100, instalments: 2}}
  - {date: 2026-03-12, repay: {id: P1, line: pay_later, amount: 50}}
  - {date: 2026-03-12, restrict: {id: M1, line: pay_later, effect: suspend}}
"""
KNOWN = SETTING.count("- {")


def read(text: str) -> Scenario:
    return scenario_of(parse_yaml(text), Path("case.yaml"))


def with_fact(fact: str) -> str:
    return f"{HEAD}facts:{SETTING}  - {{{fact}}}\n"


def refusals(text: str) -> str:
    with pytest.raises((ScenarioError, ValueError)) as caught:
        read(text)
    return str(caught.value)


# -- facts that are refused --------------------------------------------------------------

FACTS = {
    "unknown kind": ("date: 2026-03-01, gift: {id: X1}", "", "unknown kind or key 'gift'"),
    "no kind": ("date: 2026-03-01", "", "names no kind"),
    "two kinds": (
        "date: 2026-03-01, income: {id: I1}, forgive: {bill: B1}",
        "",
        "names 2 kinds",
    ),
    "no date": ("income: {id: I1}", "", "date is missing"),
    "unknown key": ("date: 2026-03-01, income: {id: I1, by: me}", "income", "unknown key 'by'"),
    "missing key": ("date: 2026-03-01, income: {}", "income", "id is missing"),
    "null for a key": ("date: 2026-03-01, income: {id: null}", "income", "id is missing"),
    "no mapping": ("date: 2026-03-01, income: I1", "income", "'I1' is no mapping"),
    "unknown line": (
        "date: 2026-03-01, repay: {id: P2, line: mortgage, amount: 5}",
        "repay",
        "line: 'mortgage' is none of pay_later, cash_loan",
    ),
    "unknown bill": (
        "date: 2026-03-01, waive: {bill: B9, amount: all}",
        "waive",
        "unknown bill 'B9'",
    ),
    "a purchase's id is no bill": (
        "date: 2026-03-01, waive: {bill: T1, amount: all}",
        "waive",
        "unknown bill 'T1'",
    ),
    "statement that cannot be": (
        "date: 2026-03-01, waive: {bill: pay_later/2026-02, amount: all}",
        "waive",
        "unknown bill 'pay_later/2026-02'",
    ),
    "instalment beyond the last": (
        "date: 2026-03-01, waive: {bill: D1/3, amount: all}",
        "waive",
        "unknown bill 'D1/3'",
    ),
    "never disputed": (
        "date: 2026-03-01, waive: {bill: B1/disputed, amount: all}",
        "waive",
        "unknown bill 'B1/disputed'",
    ),
    "payout of a line that is not there": (
        "date: 2026-03-01, payout: {id: O1, line: mortgage, amount: 5}",
        "payout",
        "line: 'mortgage' is none of pay_later, cash_loan",
    ),
    "payout without an id": (
        "date: 2026-03-01, payout: {line: pay_later, amount: 5}",
        "payout",
        "id is missing",
    ),
    "payout of less than nothing": (
        "date: 2026-03-01, payout: {id: O1, line: pay_later, amount: -5}",
        "payout",
        "amount: '-5' is negative",
    ),
    "payout of an id that is taken": (
        "date: 2026-03-01, payout: {id: P1, line: pay_later, amount: 5}",
        "payout",
        "id 'P1' is used twice",
    ),
    "write-off of a bill": (
        "date: 2026-03-01, write_off: {line: pay_later, bill: B1}",
        "write_off",
        "unknown key 'bill'",
    ),
    "write-off of no line": ("date: 2026-03-01, write_off: {}", "write_off", "line is missing"),
    "id used twice": (
        "date: 2026-03-01, repay: {id: P1, line: pay_later, amount: 5}",
        "repay",
        "id 'P1' is used twice",
    ),
    "id of another kind used again": (
        "date: 2026-03-01, income: {id: B1}",
        "income",
        "id 'B1' is used twice",
    ),
    "id like a statement": (
        "date: 2026-03-01, income: {id: a/b}",
        "income",
        "'a/b' is no id of 1 to 64 characters without space, / or @",
    ),
    "a date that is none": (
        "date: 2026-02-30, income: {id: I1}",
        "income",
        "date: '2026-02-30' is no date",
    ),
    "a date with a time": (
        "date: 2026-02-03 10:00:00, income: {id: I1}",
        "income",
        "is no date",
    ),
    "a short date": ("date: 20260203, income: {id: I1}", "income", "'20260203' is no date"),
    "a date out of reach": (
        "date: 9999-12-31, income: {id: I1}",
        "income",
        "9999-12-31 is not between 1900-01-01 and 2199-12-31",
    ),
    "value date after booking": (
        "date: 2026-03-01, value_date: 2026-03-02, income: {id: I1}",
        "income",
        "value date 2026-03-02 is after the booking date 2026-03-01",
    ),
    "value date before the first day": (
        "date: 2026-03-01, value_date: 2025-12-31, income: {id: I1}",
        "income",
        "value date 2025-12-31 is before the first day 2026-01-01",
    ),
    "booked before the first day": (
        "date: 2025-12-31, income: {id: I1}",
        "income",
        "is before the first day",
    ),
    "value date on reverse": (
        "date: 2026-03-13, value_date: 2026-03-12, reverse: {id: P1}",
        "reverse",
        "must not have a value date",
    ),
    "value date on resolve_dispute": (
        "date: 2026-03-13, value_date: 2026-03-12, resolve_dispute: {bill: B1, outcome: lender}",
        "resolve_dispute",
        "must not have a value date",
    ),
    "value date on policy": (
        "date: 2026-03-13, value_date: 2026-03-12, policy: {plan_grace_days: 1}",
        "policy",
        "must not have a value date",
    ),
    "due before its date": (
        "date: 2026-03-10, bill: {id: B2, line: pay_later, principal: 1, due: 2026-03-09}",
        "bill",
        "due 2026-03-09 is before its date 2026-03-10",
    ),
    "hold of nothing": (
        "date: 2026-03-12, hold: {id: H1, line: pay_later, fees: false}",
        "hold",
        "holds nothing: neither fees, milestones nor interest",
    ),
    "hold of a pay-later line's interest": (
        "date: 2026-03-12, hold: {id: H1, line: pay_later, interest: true}",
        "hold",
        "interest of pay_later",
    ),
    "hold over another line's bill": (
        "date: 2026-03-12, hold: {id: H1, line: pay_later, bills: [L1], fees: true}",
        "hold",
        "'L1' is a bill of cash_loan, not of pay_later",
    ),
    "hold over no bill": (
        "date: 2026-03-12, hold: {id: H1, line: pay_later, bills: [], fees: true}",
        "hold",
        "names no bill",
    ),
    "hold that ends before it begins": (
        "date: 2026-03-12, hold: {id: H1, line: pay_later, fees: true, until: 2026-03-12}",
        "hold",
        "until 2026-03-12 is not after its date 2026-03-12",
    ),
    "hold of a word": (
        "date: 2026-03-12, hold: {id: H1, line: pay_later, fees: 'yes'}",
        "hold",
        "'yes' is neither true nor false",
    ),
    "settlement of what is no draw": (
        "date: 2026-03-12, settle: {id: E1, line: cash_loan, draw: B1, amount: all}",
        "settle",
        "'B1' is no draw of this file",
    ),
    "settlement on a pay-later line": (
        "date: 2026-03-12, settle: {id: E1, line: pay_later, draw: B1, amount: 5}",
        "settle",
        "a settle on pay_later",
    ),
    "settlement of an amount below zero": (
        "date: 2026-03-12, settle: {id: E1, line: cash_loan, draw: B1, amount: -5}",
        "settle",
        "amount",
    ),
    "release of what is no hold": (
        "date: 2026-03-12, release_hold: {id: B1}",
        "release_hold",
        "'B1' is no hold of this file",
    ),
    "waiver on what is no plan": (
        "date: 2026-03-12, waive: {bill: B1, amount: all, plan: B1}",
        "waive",
        "'B1' is no plan of this file",
    ),
    "due day that not every month has": (
        "date: 2026-03-12, due_day: {line: pay_later, day: 29}",
        "due_day",
        "'29' is not between 1 and 28",
    ),
    "due day of a loan": (
        "date: 2026-03-12, due_day: {line: cash_loan, day: 5}",
        "due_day",
        "a due_day on cash_loan",
    ),
    "plan over another line's bill": (
        "date: 2026-03-12, plan: {id: A1, line: pay_later, bills: [B1, L1],"
        " instalments: [{due: 2026-04-01, amount: 5}]}",
        "plan",
        "'L1' is a bill of cash_loan, not of pay_later",
    ),
    "plan over an unknown bill": (
        "date: 2026-03-12, plan: {id: A1, line: pay_later, bills: [B7],"
        " instalments: [{due: 2026-04-01, amount: 5}]}",
        "plan",
        "unknown bill 'B7'",
    ),
    "plan without instalments": (
        "date: 2026-03-12, plan: {id: A1, line: pay_later, bills: [B1], instalments: []}",
        "plan",
        "is no list of instalments",
    ),
    "instalment with another key": (
        "date: 2026-03-12, plan: {id: A1, line: pay_later, bills: [B1],"
        " instalments: [{due: 2026-04-01, amount: 5, fee: 1}]}",
        "plan",
        "is no instalment of due and amount",
    ),
    "bills that are no list": (
        "date: 2026-03-12, plan: {id: A1, line: pay_later, bills: B1,"
        " instalments: [{due: 2026-04-01, amount: 5}]}",
        "plan",
        "'B1' is no list of bills",
    ),
    "purchase on a loan": (
        "date: 2026-03-01, purchase: {id: T2, line: cash_loan, amount: 5}",
        "purchase",
        "a purchase on cash_loan",
    ),
    "draw on a pay-later line": (
        "date: 2026-03-01, draw: {id: D2, line: pay_later, amount: 5, instalments: 2}",
        "draw",
        "a draw on pay_later",
    ),
    "reduce without factor": (
        "date: 2026-03-01, restrict: {id: M2, line: pay_later, effect: reduce}",
        "restrict",
        "reduce without a factor",
    ),
    "factor above one": (
        "date: 2026-03-01, restrict: {id: M2, line: pay_later, effect: reduce, factor: 1.01}",
        "restrict",
        "factor: '1.01' is not between 0 and 1",
    ),
    "unknown effect": (
        "date: 2026-03-01, restrict: {id: M2, line: pay_later, effect: close}",
        "restrict",
        "effect: 'close' is none of suspend, reduce",
    ),
    "until not after the date": (
        "date: 2026-03-14, exempt: {code: own_overdue, line: pay_later, until: 2026-03-14}",
        "exempt",
        "until 2026-03-14 is not after its date 2026-03-14",
    ),
    "unknown outcome": (
        "date: 2026-03-14, resolve_dispute: {bill: B1, outcome: nobody}",
        "resolve_dispute",
        "outcome: 'nobody' is none of customer, lender",
    ),
    "reversal of no repayment": (
        "date: 2026-03-14, reverse: {id: B1}",
        "reverse",
        "'B1' is no repay of this file",
    ),
    "lift of nothing": (
        "date: 2026-03-14, lift: {id: M7}",
        "lift",
        "'M7' is no restrict of this file",
    ),
    "no instalments": (
        "date: 2026-03-01, draw: {id: D2, line: cash_loan, amount: 5, instalments: 0}",
        "draw",
        "instalments: '0' is not between 1 and 600",
    ),
    "too many instalments": (
        "date: 2026-03-01, draw: {id: D2, line: cash_loan, amount: 5, instalments: 999999999}",
        "draw",
        "is not between 1 and 600",
    ),
    "a part of an instalment": (
        "date: 2026-03-01, draw: {id: D2, line: cash_loan, amount: 5, instalments: 2.5}",
        "draw",
        "instalments: '2.5' is no whole number",
    ),
    "unknown key of a policy": (
        "date: 2026-03-01, policy: {score: {start: 5}}",
        "policy",
        "score.start is unknown",
    ),
    "a policy that is no mapping": (
        "date: 2026-03-01, policy: true",
        "policy",
        "true is no mapping",
    ),
    "a policy that does not hold": (
        "date: 2026-03-01, policy: {score: {floor: 960}}",
        "policy",
        "the floor is above the ceiling",
    ),
}


@pytest.mark.parametrize("case", FACTS)
def test_a_fact_is_refused_with_its_place_kind_and_reason(case: str) -> None:
    fact, kind, reason = FACTS[case]
    refused = refusals(with_fact(fact))
    place = f"fact {KNOWN + 1} ({kind})" if kind else f"fact {KNOWN + 1}:"
    assert f"case.yaml: {place}" in refused
    assert reason in refused


AMOUNTS = {
    "-1": "is negative",
    "-0.01": "is negative",
    ".inf": "is not finite",
    "-.inf": "is not finite",
    ".nan": "is not finite",
    "NaN": "is not finite",
    "Infinity": "is not finite",
    "0.001": "is finer than the cent",
    "1.005": "is finer than the cent",
    "1e-3": "is finer than the cent",
    "1e-9999": "is finer than the cent",
    "1000000000000": "is beyond 12 digits",
    "1e12": "is beyond 12 digits",
    "1e9999": "is beyond 12 digits",
    "true": "is no number",
    "1_000": "is no number",
    "0x10": "is no number",
    "010": "is no number",
    "ten": "is no number",
    "'１００'": "is no number",
    "1e99999": "is no number",
    "[5]": "is no number",
    "{a: 5}": "is no number",
    "''": "is no number",
    "all": "is no number",
}


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        ("repay", "repay: {id: P2, line: pay_later, amount: AMOUNT}"),
        ("bill", "bill: {id: B2, line: pay_later, principal: AMOUNT, due: 2026-04-01}"),
        ("limit", "limit: {line: pay_later, amount: AMOUNT}"),
        (
            "plan",
            "plan: {id: A1, line: pay_later, bills: [B1],"
            " instalments: [{due: 2026-04-01, amount: AMOUNT}]}",
        ),
    ],
)
def test_an_amount_is_refused(amount: str, kind: str, fact: str) -> None:
    refused = refusals(with_fact(f"date: 2026-03-14, {fact.replace('AMOUNT', amount)}"))
    assert f"fact {KNOWN + 1} ({kind})" in refused
    assert AMOUNTS[amount] in refused


@pytest.mark.parametrize(
    ("amount", "exact"),
    [
        ("0", "0.00"),
        ("1002.5", "1002.50"),
        ("'7.10'", "7.10"),
        ("1e3", "1000.00"),
        (".5", "0.50"),
        ("1.500", "1.50"),
        ("999999999999.99", "999999999999.99"),
    ],
)
def test_an_amount_is_exact(amount: str, exact: str) -> None:
    fact = f"date: 2026-03-14, repay: {{id: P2, line: pay_later, amount: {amount}}}"
    found = read(with_fact(fact)).facts[-1].data["amount"]
    assert str(found) == exact


# -- other parts that are refused --------------------------------------------------------

FILES = {
    "empty": ("", "is empty"),
    "only a comment": ("# nothing\n", "is empty"),
    "null": ("null\n", "is empty"),
    "a list": ("- a\n", "a list is no mapping"),
    "text": ("hello\n", "'hello' is no mapping"),
    "no customer": ("lines: {pay_later: 1}\n", "customer is missing"),
    "no first day": ("customer: {}\nlines: {pay_later: 1}\n", "customer: opened is missing"),
    "first day is none": (
        "customer: {opened: soon}\nlines: {pay_later: 1}\n",
        "customer: opened: 'soon' is no date",
    ),
    "no lines": ("customer: {opened: 2026-01-01}\n", "lines is missing"),
    "unknown line": (
        "customer: {opened: 2026-01-01}\nlines: {card: 1}\n",
        "lines: unknown key 'card'",
    ),
    "negative limit": (
        "customer: {opened: 2026-01-01}\nlines: {pay_later: -1}\n",
        "lines: pay_later: '-1' is negative",
    ),
    "unknown key": (HEAD + "extra: 1\n", "unknown key 'extra'"),
    "unknown product": (HEAD + "products: {card: {}}\n", "products: unknown key 'card'"),
    "unknown term": (
        HEAD + "products: {pay_later: {gracedays: 1}}\n",
        "products: pay_later.gracedays is unknown",
    ),
    "day of month": (
        HEAD + "products: {pay_later: {due_day: 32}}\n",
        "products: pay_later.due_day is not between 1 and 31",
    ),
    "rate": (
        HEAD + "products: {cash_loan: {interest_daily_rate: .nan}}\n",
        "products: cash_loan.interest_daily_rate is not finite",
    ),
    "tolerance": (
        HEAD + "products: {cash_loan: {tolerance: 0.001}}\n",
        "products: cash_loan.tolerance is finer than the cent",
    ),
    "policy": (HEAD + "policy: {score: {past_due: 5}}\n", "policy: score.past_due is no list"),
    "facts no list": (HEAD + "facts: {a: 1}\n", "facts: a mapping is no list"),
    "fact no mapping": (HEAD + "facts: [5]\n", "fact 1: '5' is no mapping"),
    "at is missing": (HEAD + "expect: [{score: 600}]\n", "expectation 1: at is missing"),
    "at is none": (HEAD + "expect: [{at: never}]\n", "expectation 1: at: 'never' is no date"),
    "at before the first day": (
        HEAD + "expect: [{at: 2025-12-31}]\n",
        "expectation 1: 2025-12-31 is before the first day 2026-01-01",
    ),
    "unknown expectation": (
        HEAD + "expect: [{at: 2026-01-02, points: 3}]\n",
        "expectation 1: unknown key 'points'",
    ),
    "unknown key of a line": (
        HEAD + "expect: [{at: 2026-01-02, lines: {pay_later: {limit: 3}}}]\n",
        "expectation 1: lines: pay_later: unknown key 'limit'",
    ),
    "duplicate key": (HEAD + "name: again\n", "names 'name' twice"),
    "bad syntax": ("a: [1\n", "is no YAML (line"),
    "tab": ("a:\n\t- b\n", "is no YAML (line"),
    "control character": ("a: \x00\n", "is no YAML"),
    "anchor": ("a: &x 1\nb: *x\n", "uses an anchor or alias (line 1"),
    "tag": ("a: !!python/object:os.system x\n", "uses a tag (line 1"),
    "key that is no text": ("? [a]\n: b\n", "has a key that is no text"),
    "null key": ("~: b\n", "has a key that is no text"),
    "two documents": ("a: 1\n---\nb: 2\n", "holds more than one document"),
    "nested too deep": ("[" * 200, "is nested too deep"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_is_refused(case: str) -> None:
    text, reason = FILES[case]
    assert reason in refusals(text)


def test_a_line_of_the_file_only_can_be_named() -> None:
    text = (
        "customer: {opened: 2026-01-01}\nlines: {pay_later: 5}\n"
        "facts: [{date: 2026-01-02, limit: {line: cash_loan, amount: 5}}]\n"
    )
    assert "fact 1 (limit): unknown line 'cash_loan'" in refusals(text)


def test_all_errors_of_a_file_are_named_up_to_twenty() -> None:
    facts = "\n".join(f"  - {{date: nope, income: {{id: I{number}}}}}" for number in range(30))
    refused = refusals(f"{HEAD}facts:\n{facts}\n").splitlines()
    assert len(refused) == 21
    assert refused[0] == "case.yaml: fact 1 (income): date: 'nope' is no date"
    assert refused[-1] == "case.yaml: and 10 more"


def test_a_refused_bill_is_not_called_unknown_by_others() -> None:
    refused = refusals(
        f"{HEAD}facts:\n"
        "  - {date: 2026-03-01, bill: {id: B1, line: pay_later, principal: -1, due: 2026-03-10}}\n"
        "  - {date: 2026-03-02, waive: {bill: B1, amount: all}}\n"
    )
    assert refused == "case.yaml: fact 1 (bill): principal: '-1' is negative"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "does not exist"),
        (b"name: \xff\xfe", "is not UTF-8 (byte 7)"),
        (b"\xff\xfen\x00", "is not UTF-8 (byte 1)"),
        (b"", "is empty"),
        (b"x" * 10_000_001, "is larger than 10 MB"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "case.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: {reason}"


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        load(tmp_path)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8")))
def test_whatever_the_bytes_a_file_is_read_or_refused(content: bytes) -> None:
    try:
        text = content.decode("utf-8")
        scenario_of(parse_yaml(text), Path("case.yaml"))
    except ValueError:
        pass


# -- what is read ------------------------------------------------------------------------


def test_the_parts_of_a_file() -> None:
    scenario = read(
        with_fact("date: 2026-03-14, value_date: 2026-03-10, waive: {bill: B1, amount: all}")
        + "products: {pay_later: {grace_days: 3, late_fee_daily_rate: 5.0e-05}}\n"
        + "policy: {score: {initial: 620}}\n"
        + "expect: [{at: 2026-03-14, score: 620, fees: {B1: 5}, events: [b, a]}]\n"
    )
    assert scenario.name == "case"
    assert scenario.opened == dt.date(2026, 1, 1)
    assert scenario.lines == {"pay_later": Decimal("5000.00"), "cash_loan": Decimal("10000.00")}
    assert scenario.terms["pay_later"].grace_days == 3
    assert scenario.terms["pay_later"].late_fee_daily_rate == Decimal("0.00005")
    assert scenario.terms["cash_loan"].grace_days == 0
    assert [(day, policy.score.initial) for day, policy in scenario.policies] == [
        (dt.date(2026, 1, 1), 620)
    ]
    last = scenario.facts[-1]
    assert (last.index, last.kind, last.data) == (
        7,
        "waive",
        {"bill": "B1", "amount": None, "plan": None},
    )
    assert (last.booked_on, last.value_on) == (dt.date(2026, 3, 14), dt.date(2026, 3, 10))
    assert scenario.expect == (
        {"at": dt.date(2026, 3, 14), "score": 620, "fees": {"B1": "5.00"}, "events": ["a", "b"]},
    )


def test_facts_come_in_booking_order_with_their_place_in_the_file() -> None:
    facts = read(with_fact("date: 2026-02-10, income: {id: I1}")).facts
    assert [fact.index for fact in facts] == [3, 4, 7, 1, 2, 5, 6]


def test_optional_keys_have_their_values() -> None:
    facts = {fact.data["id"]: fact.data for fact in read(f"{HEAD}facts:{SETTING}").facts}
    assert facts["B1"]["interest"] == Decimal("0.00")
    assert facts["M1"]["factor"] is None
    assert facts["D1"]["instalments"] == 2


def test_a_policy_is_laid_over_the_version_before_it() -> None:
    text = HEAD + (
        "policy: {score: {initial: 620}}\n"
        "facts:\n"
        "  - {date: 2026-03-20, policy: {score: {floor: 400}, restrictions: []}}\n"
        "  - {date: 2026-02-20, policy: {alerts: {sharp_drop: null}, severity: {severe_dpd: 5}}}\n"
    )
    first, second, third = read(text).policies
    assert (second[0], third[0]) == (dt.date(2026, 2, 20), dt.date(2026, 3, 20))
    assert (second[1].score.initial, second[1].alerts.sharp_drop) == (620, None)
    assert (third[1].severity.severe_dpd, third[1].score.floor, third[1].restrictions) == (
        5,
        400,
        (),
    )
    assert first[1].severity.severe_dpd == 31


@pytest.mark.parametrize(
    "bill", ["B1", "pay_later/2026-03", "D1/1", "D1/2", "B1/disputed", "D1/2/disputed"]
)
def test_a_bill_that_can_come_to_be_may_be_named(bill: str) -> None:
    disputes = "".join(
        f"  - {{date: 2026-03-12, dispute: {{bill: {name}, amount: 5}}}}\n"
        for name in ("B1", "D1/2")
    )
    read(
        f"{HEAD}facts:{SETTING}{disputes}"
        f"  - {{date: 2026-03-14, waive: {{bill: {bill}, amount: 1}}}}\n"
    )


def test_a_late_bill_may_have_been_due_before_it_was_booked() -> None:
    fact = (
        "date: 2026-03-14, value_date: 2026-03-01,"
        " bill: {id: B2, line: pay_later, principal: 1, due: 2026-03-09}"
    )
    assert read(with_fact(fact)).facts[-1].data["due"] == dt.date(2026, 3, 9)


def test_a_plan_has_its_instalments() -> None:
    fact = (
        "date: 2026-03-12, plan: {id: A1, line: pay_later, bills: [B1, B1],"
        " instalments: [{due: 2026-04-01, amount: 5}]}"
    )
    plan = next(fact for fact in read(with_fact(fact)).facts if fact.kind == "plan").data
    assert plan["bills"] == ("B1",)
    assert plan["instalments"] == (Instalment(dt.date(2026, 4, 1), Decimal("5.00")),)


def test_differences_name_day_key_expected_and_got() -> None:
    at = dt.date(2026, 3, 1)
    expected = {"at": at, "score": 600, "lines": {"pay_later": {"dpd": 1}}, "fees": {}}
    state = {"score": 585, "lines": {"pay_later": {"dpd": 2, "status": "active"}}, "fees": {}}
    assert differences(expected, state) == [
        (at, "score", 600, 585),
        (at, "lines.pay_later.dpd", 1, 2),
    ]


@pytest.mark.parametrize("seed", range(40))
def test_a_timeline_survives_the_way_to_a_file_and_back(seed: int) -> None:
    scenario = random_scenario(seed)
    assert scenario_of(parse_yaml(to_yaml(scenario)), scenario.path) == scenario


MOVING = "products: {pay_later: {due_on_holiday: following, calendar: file}}\n"
HOLIDAYS = {
    "no list": ("holidays: {date: 2026-03-10}", "holidays: a mapping is no list"),
    "a weekday that is none": ("holidays: [{weekday: someday}]", "entry 1: weekday is none of"),
    "every weekday": (
        "holidays: ["
        + ", ".join(
            f"{{weekday: {day}day}}"
            for day in ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
        )
        + "]",
        "no weekday is a banking day",
    ),
    "a day that is none": ("holidays: [{date: 2026-02-30}]", "entry 1: '2026-02-30' is no date"),
    "an end before": ("holidays: [{date: 2026-03-10, until: 2026-03-10}]", "is not 1 to 366 days"),
    "an unknown key": ("holidays: [{date: 2026-03-10, off: true}]", "unknown key 'off'"),
    "worked, a word": ("holidays: [{date: 2026-03-10, worked: 'no'}]", "neither true nor false"),
    "twice on one day": (
        "holidays: [{date: 2026-03-10}, {date: 2026-03-09, until: 2026-03-12}]",
        "a day is announced twice on one day",
    ),
    "no calendar": (
        "products: {pay_later: {due_on_holiday: following}}",
        "pay_later due_on_holiday following needs a calendar",
    ),
    "another rule": (
        "products: {pay_later: {due_on_holiday: nearest, calendar: file}}",
        "pay_later.due_on_holiday should be 'none', 'following' or 'preceding'",
    ),
    "two calendars": (
        "products: {pay_later: {calendar: a}, cash_loan: {calendar: b}}",
        "a file has one calendar, not a and b",
    ),
}


@pytest.mark.parametrize("case", HOLIDAYS)
def test_holidays_that_do_not_hold_are_refused(case: str) -> None:
    text, reason = HOLIDAYS[case]
    assert reason in refusals(f"{HEAD}{text}\n")


def test_holidays_are_known_from_the_start_unless_announced() -> None:
    found = read(
        f"{HEAD}{MOVING}holidays: [{{weekday: sunday}}, {{date: 2026-03-10, until: 2026-03-12}}]\n"
    )
    assert found.weekend == (7,)
    assert [(row.on.day, row.announced.year) for row in found.holidays] == [(10, 1900), (11, 1900)]
