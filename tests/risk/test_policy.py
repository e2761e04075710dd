"""Policies and terms: exact, typed, laid over one another key by key."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from billing.terms import TermsError, amount, exact, load_terms, merge, override_terms
from risk.policy import (
    PolicyError,
    load_policy,
    load_preset,
    overridden,
    preset,
    preset_names,
)

CONTRACT = preset("contract")


def test_there_are_four_presets() -> None:
    assert preset_names() == ("cn", "contract", "uk", "us")


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_survives_storage_as_json(name: str) -> None:
    policy = preset(name).policy
    assert load_policy(json.loads(json.dumps(policy.document()))) == policy
    for product, terms in preset(name).terms.items():
        assert load_terms(product, json.loads(json.dumps(terms.document()))) == terms


def test_the_contract_has_its_figures() -> None:
    policy, terms = CONTRACT.policy, CONTRACT.cash_loan
    assert [(rule.dpd, rule.points) for rule in policy.score.past_due] == [
        (1, -15),
        (8, -15),
        (31, -40),
        (61, -40),
        (91, -60),
    ]
    assert policy.severity.severe_amount is None
    assert policy.score.tenure.lasts_days is None
    assert [rule.code for rule in policy.restrictions] == [
        "own_overdue",
        "linked_general",
        "linked_severe",
        "low_score",
        "low_score",
        "sharp_drop",
        "plan_broken",
    ]
    assert policy.restrictions[1].factor == Decimal("0.5")
    assert (terms.billing_lead_days, terms.interest_daily_rate) == (10, Decimal("0.0004"))


def test_the_default_preset_has_three_days_of_grace_on_both_lines() -> None:
    assert preset("cn").pay_later.grace_days == preset("cn").cash_loan.grace_days == 3
    assert preset("cn").policy.score.adverse_lasts_days == 1826


def test_an_unknown_preset_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(PolicyError, match="unknown preset 'fr'; known: cn, contract, uk, us"):
        preset("fr")


def test_overrides_are_laid_over_key_by_key_and_a_list_replaces_a_list() -> None:
    policy = overridden(
        CONTRACT.policy,
        {"score": {"cured": {"general": 3}, "repeat": [{"episodes": 5, "points": -1}]}},
    )
    assert (policy.score.cured.general, policy.score.cured.lasts_days) == (3, 365)
    assert [rule.episodes for rule in policy.score.repeat] == [5]
    assert policy.score.past_due == CONTRACT.policy.score.past_due


@pytest.mark.parametrize(
    "overrides",
    [
        {"severity": {"severe_dpd": None, "severe_episodes": None, "severe_amount": "10.5"}},
        {"score": {"adverse_lasts_days": None, "cured": {"lasts_days": None}}},
        {"score": {"plan_kept": {"lasts_days": None}, "plan_broken": {"lasts_days": None}}},
        {"alerts": {"sharp_drop": None}},
        {"alerts": {}},
        {"alerts": None},
        {"restrictions": []},
        {},
    ],
)
def test_what_a_policy_may_leave_open(overrides: dict[str, Any]) -> None:
    overridden(CONTRACT.policy, overrides)


def test_an_alert_that_was_removed_can_come_back_whole() -> None:
    without = overridden(CONTRACT.policy, {"alerts": {"sharp_drop": None}})
    again = overridden(without, {"alerts": {"sharp_drop": {"points_lost": 9, "window_days": 3}}})
    assert again.alerts.sharp_drop is not None
    with pytest.raises(PolicyError, match=r"alerts\.sharp_drop\.window_days: is missing"):
        overridden(without, {"alerts": {"sharp_drop": {"points_lost": 9}}})


def rule(**figures: object) -> dict[str, Any]:
    return {
        "restrictions": [
            {"code": "a", "trigger": "own_overdue", "target": "any", "effect": "suspend", **figures}
        ]
    }


@pytest.mark.parametrize(
    ("overrides", "path", "reason"),
    [
        ({"grace": 1}, "grace", "is unknown"),
        ({"score": {"start": 1}}, "score.start", "is unknown"),
        ({"score": 5}, "score", "is no mapping"),
        (5, "", "is no mapping"),
        ({"score": {"floor": 951}}, "score", "the floor is above the ceiling"),
        ({"score": {"floor": True}}, "score.floor", "is no whole number"),
        ({"score": {"floor": "350.5"}}, "score.floor", "is no whole number"),
        ({"score": {"floor": None}}, "score.floor", "is no whole number"),
        ({"score": {"past_due": None}}, "score.past_due", "is no list"),
        ({"score": {"past_due": [{"dpd": 0, "points": 1}]}}, "score.past_due[1].dpd", "between"),
        ({"score": {"past_due": [{"dpd": 1}]}}, "score.past_due[1].points", "is missing"),
        (
            {"score": {"repeat": [{"episodes": 2, "points": 1}] * 2}},
            "score",
            "repeat names one episodes twice",
        ),
        ({"score": {"high_utilisation": {"ratio": -1}}}, "score.high_utilisation.ratio", "between"),
        ({"severity": {"severe_amount": "0.001"}}, "severity.severe_amount", "finer than the cent"),
        ({"alerts": {"flood": {}}}, "alerts.flood", "is unknown"),
        (rule(effect="reduce"), "restrictions[1]", "reduce without factor"),
        (rule(factor="0.5"), "restrictions[1]", "factor does not belong to suspend"),
        (rule(effect="reduce", factor="1.5"), "restrictions[1].factor", "is not between 0 and 1"),
        (rule(trigger="score_below"), "restrictions[1]", "score_below without score"),
        (rule(score=5), "restrictions[1]", "score does not belong to own_overdue"),
        (rule(trigger="alert"), "restrictions[1]", "alert without alert"),
        (rule(trigger="alert", alert="flood"), "restrictions[1].alert", "sharp_drop"),
        (rule(trigger="moon"), "restrictions[1].trigger", "own_overdue"),
        (rule(target="card"), "restrictions[1].target", "any"),
        (rule(hold_days=-1), "restrictions[1].hold_days", "is not between"),
        (rule(code="manual:1"), "restrictions[1].code", "must not contain"),
        (rule(note="x"), "restrictions[1].note", "is unknown"),
    ],
)
def test_a_policy_is_refused_with_path_and_reason(overrides: Any, path: str, reason: str) -> None:
    with pytest.raises(PolicyError) as caught:
        overridden(CONTRACT.policy, overrides)
    found = dict(caught.value.errors)
    assert path in found
    assert reason in found[path]


def test_all_errors_of_a_policy_are_collected() -> None:
    with pytest.raises(PolicyError) as caught:
        overridden(CONTRACT.policy, {"plan_grace_days": -1, "severity": {"severe_dpd": "x"}})
    assert len(caught.value.errors) == 2


def test_a_policy_never_changes() -> None:
    with pytest.raises(ValueError, match="frozen"):
        CONTRACT.policy.plan_grace_days = 9


def test_milestones_are_kept_in_order() -> None:
    rows = [{"dpd": 8, "points": -1}, {"dpd": 2, "points": -2}]
    policy = overridden(CONTRACT.policy, {"score": {"past_due": rows}})
    assert [row.dpd for row in policy.score.past_due] == [2, 8]


# -- terms -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("product", "overrides", "path", "reason"),
    [
        ("pay_later", {"statement_day": 0}, "statement_day", "is not between 1 and 31"),
        ("pay_later", {"due_day": 32}, "due_day", "is not between 1 and 31"),
        ("pay_later", {"grace_days": -1}, "grace_days", "is not between"),
        ("pay_later", {"grace_days": True}, "grace_days", "is no whole number"),
        ("pay_later", {"tolerance": "-1"}, "tolerance", "is negative"),
        ("pay_later", {"tolerance": "0.001"}, "tolerance", "is finer than the cent"),
        ("pay_later", {"late_fee_daily_rate": 2}, "late_fee_daily_rate", "is not between 0 and 1"),
        ("pay_later", {"late_fee_cap_rate": "inf"}, "late_fee_cap_rate", "is not finite"),
        ("pay_later", {"billing_lead_days": 3}, "billing_lead_days", "is unknown"),
        ("cash_loan", {"statement_day": 3}, "statement_day", "is unknown"),
        ("cash_loan", {"interest_daily_rate": "nan"}, "interest_daily_rate", "is not finite"),
        ("cash_loan", {"interest_daily_rate": None}, "interest_daily_rate", "is no number"),
    ],
)
def test_terms_are_refused_with_path_and_reason(
    product: str, overrides: dict[str, Any], path: str, reason: str
) -> None:
    with pytest.raises(TermsError) as caught:
        override_terms(CONTRACT.terms[product], overrides)
    [(found, why)] = caught.value.errors
    assert found == path
    assert reason in why


@pytest.mark.parametrize("rate", ["0.0005", 0.0005, Decimal("0.0005"), "5e-4"])
def test_a_rate_is_exact_whatever_it_comes_as(rate: object) -> None:
    terms = override_terms(CONTRACT.pay_later, {"late_fee_daily_rate": rate})
    assert terms.late_fee_daily_rate == Decimal("0.0005")


def test_a_float_counts_as_its_shortest_notation() -> None:
    assert exact(0.1 + 0.2) == Decimal("0.30000000000000004")
    assert amount(1002.5) == Decimal("1002.50")


def test_terms_of_no_product_are_refused() -> None:
    with pytest.raises(TermsError, match="card: is no product"):
        load_terms("card", {})


def test_merge_leaves_its_base_alone() -> None:
    base = {"a": {"b": 1, "c": [1, 2]}, "d": 4}
    assert merge(base, {"a": {"c": [3]}}) == {"a": {"b": 1, "c": [3]}, "d": 4}
    assert base == {"a": {"b": 1, "c": [1, 2]}, "d": 4}


def test_a_preset_names_all_that_is_wrong_with_it() -> None:
    with pytest.raises(PolicyError) as caught:
        load_preset("mine", {"products": {"pay_later": {}}, "policy": {}})
    paths = [path for path, _ in caught.value.errors]
    assert "products.pay_later.statement_day" in paths
    assert "products.cash_loan" in paths
    assert "policy.score" in paths
