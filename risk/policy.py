"""The policy: every figure of the score, the alerts and the restrictions, as one document.

A policy is immutable; a change is a new version, made by laying overrides key by key over
the version before it (`overridden`; a list replaces a list). Its structure is that of
`policy:` in the contract's `default-policy.yaml`; what the words mean is in `RULES.md`.
Points are score points, periods calendar days, amounts the currency's major unit.

Presets stand in `risk/presets/*.yaml`, each with the terms of both products and a policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

import yaml
from pydantic import BeforeValidator, ValidationError, model_validator

from billing.terms import (
    Amount,
    CashLoanTerms,
    Days,
    Document,
    Errors,
    Figures,
    Fraction,
    PayLaterTerms,
    Terms,
    TermsError,
    load_terms,
    merge,
    ranged,
    reasons,
    whole_between,
)


class PolicyError(TermsError):
    """A policy document that does not hold; `errors` is (path, reason) pairs."""


def _whole(low: int, high: int) -> BeforeValidator:
    return BeforeValidator(lambda value: whole_between(value, low, high))


def _sequence(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise ValueError("is no list")
    return value


def _code(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > 50 or value != value.strip():
        raise ValueError("is no code of 1 to 50 characters")
    if "@" in value or ":" in value:
        raise ValueError("must not contain @ or :")
    return value


def _flag(value: object) -> bool:
    if value not in (True, False, "true", "false"):
        raise ValueError("is neither true nor false")
    return value in (True, "true")


Flag = Annotated[bool, BeforeValidator(_flag)]
Points = Annotated[int, _whole(-10_000, 10_000)]
Score = Annotated[int, _whole(-100_000, 100_000)]
Milestone = Annotated[int, _whole(1, 36_500)]
Count = Annotated[int, _whole(1, 1_000_000)]
Ratio = Annotated[Decimal, BeforeValidator(lambda value: ranged(value, Decimal(0), Decimal(100)))]
Code = Annotated[str, BeforeValidator(_code)]
Lasting: TypeAlias = Days | None
"""Days from the event's date until the points expire; None is never."""


# -- severity and score ------------------------------------------------------------------


class Severity(Figures):
    """From when on an open episode is severe; a criterion that is None does not apply."""

    severe_dpd: Milestone | None
    severe_episodes: Count | None
    severe_amount: Amount | None


class PastDue(Figures):
    """`past_due/K`: points at the opening at which an episode's days past due reach `dpd`."""

    dpd: Milestone
    points: Points


class Repeat(Figures):
    """`repeat/N`: points when an episode opens as the Nth within 365 days."""

    episodes: Count
    points: Points


class Cured(Figures):
    """`cured`: points when an episode is cured, by its severity."""

    general: Points
    severe: Points
    lasts_days: Lasting


class Clean(Figures):
    """`clean/K`: points K days after the last cure, no episode being open."""

    days: Milestone
    points: Points
    lasts_days: Lasting


class Reward(Figures):
    """Points of one event, and how many days they last."""

    points: Points
    lasts_days: Lasting


class HighUtilisation(Reward):
    """Points the day after a bill, if used credit ≥ `ratio` × the assigned limit."""

    ratio: Ratio


class ScoreRules(Figures):
    """The score and what moves it ("The score").

    `adverse_lasts_days` counts from the cure for `past_due` and `repeat`; None is never.
    The lists are kept sorted by their milestones, each of which stands there once.
    """

    floor: Score
    ceiling: Score
    initial: Score
    adverse_lasts_days: Lasting
    past_due: Annotated[tuple[PastDue, ...], BeforeValidator(_sequence)]
    repeat: Annotated[tuple[Repeat, ...], BeforeValidator(_sequence)]
    cured: Cured
    clean: Annotated[tuple[Clean, ...], BeforeValidator(_sequence)]
    paid_on_time: Reward
    high_utilisation: HighUtilisation
    tenure: Reward
    income_verified: Reward
    plan_kept: Reward
    plan_broken: Reward

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.floor > self.ceiling:
            raise ValueError("the floor is above the ceiling")
        return self

    @model_validator(mode="after")
    def _milestones_once_and_sorted(self) -> Self:
        for name, key in (("past_due", "dpd"), ("repeat", "episodes"), ("clean", "days")):
            rows = sorted(getattr(self, name), key=lambda row: int(getattr(row, key)))
            milestones = [getattr(row, key) for row in rows]
            if len(set(milestones)) < len(milestones):
                raise ValueError(f"{name} names one {key} twice")
            object.__setattr__(self, name, tuple(rows))
        return self


# -- alerts and restrictions -------------------------------------------------------------

SHARP_DROP: Final = "sharp_drop"


class SharpDrop(Figures):
    """Raised when the points lost within `window_days` reach `points_lost`."""

    points_lost: Count
    window_days: Milestone


class Alerts(Figures):
    """The alerts by code; one that is absent or null is never raised."""

    sharp_drop: SharpDrop | None = None


OWN_OVERDUE: Final = "own_overdue"
LINKED_GENERAL: Final = "linked_general"
LINKED_SEVERE: Final = "linked_severe"
SCORE_BELOW: Final = "score_below"
ALERT: Final = "alert"
PLAN_BROKEN: Final = "plan_broken"

Trigger: TypeAlias = Literal[
    "own_overdue", "linked_general", "linked_severe", "score_below", "alert", "plan_broken"
]
Target: TypeAlias = Literal["any", "pay_later", "cash_loan"]
Effect: TypeAlias = Literal["suspend", "reduce"]


class Rule(Figures):
    """A restriction rule: while its trigger holds, its target line is restricted.

    `factor` belongs to `reduce`, `score` to `score_below`, `alert` to `alert`. `hold_days`
    counts from the cure (or from the plan's breach); without meaning for `score_below` and
    `alert`, which hold exactly as long as they hold.
    """

    code: Code
    trigger: Trigger
    target: Target
    effect: Effect
    factor: Fraction | None = None
    hold_days: Days = 0
    score: Score | None = None
    alert: Literal["sharp_drop"] | None = None

    @model_validator(mode="after")
    def _has_what_its_effect_and_trigger_need(self) -> Self:
        _belongs("factor", self.factor, "reduce", self.effect)
        _belongs("score", self.score, SCORE_BELOW, self.trigger)
        _belongs("alert", self.alert, ALERT, self.trigger)
        return self

    def targets(self, line: str) -> bool:
        return self.target in ("any", line)


def _belongs(name: str, value: object, owner: str, actual: str) -> None:
    if owner == actual and value is None:
        raise ValueError(f"{owner} without {name}")
    if owner != actual and value is not None:
        raise ValueError(f"{name} does not belong to {actual}")


class Appealed(Figures):
    """What stands still on the bills of a cause while an appeal contests it: late fees,
    milestones (`past_due` points and severity), notices about it."""

    hold_fees: Flag = True
    hold_milestones: Flag = True
    hold_notices: Flag = True


class Policy(Figures):
    """One version of the policy; see the module.

    `appeals` may be missing: versions that were published before it existed stay valid.
    """

    plan_grace_days: Days
    severity: Severity
    score: ScoreRules
    alerts: Annotated[Alerts, BeforeValidator(lambda value: {} if value is None else value)]
    restrictions: Annotated[tuple[Rule, ...], BeforeValidator(_sequence)]
    appeals: Annotated[Appealed, BeforeValidator(lambda value: {} if value is None else value)] = (
        Appealed()
    )


# -- documents ---------------------------------------------------------------------------


def load_policy(document: object, *, at: str = "") -> Policy:
    """The policy of a whole document; raises PolicyError, paths below `at`."""
    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        raise PolicyError(reasons(error, at=at)) from error


def overridden(policy: Policy, overrides: object, *, at: str = "") -> Policy:
    """A new version: the overrides laid key by key over the version before it.

    Raises PolicyError whose errors name each path, below `at`.
    """
    try:
        document = merge(policy.document(), overrides, at=at)
    except TermsError as error:
        raise PolicyError(error.errors) from error
    return load_policy(document, at=at)


@dataclass(frozen=True, slots=True)
class Preset:
    """The terms of both products and a policy, as one named set of figures."""

    name: str
    pay_later: PayLaterTerms
    cash_loan: CashLoanTerms
    policy: Policy

    @property
    def terms(self) -> dict[str, Terms]:
        return {"pay_later": self.pay_later, "cash_loan": self.cash_loan}


PRESETS: Final = Path(__file__).parent / "presets"
CONTRACT: Final = "contract"
DEFAULT: Final = "cn"


def preset_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in PRESETS.glob("*.yaml")))


@cache
def preset(name: str) -> Preset:
    """The preset of that name; raises PolicyError for one that is unknown or does not hold."""
    if name not in preset_names():
        raise PolicyError([("", f"unknown preset {name!r}; known: {', '.join(preset_names())}")])
    text = (PRESETS / f"{name}.yaml").read_text(encoding="utf-8")
    return load_preset(name, yaml.load(text, Loader=_TextLoader))  # noqa: S506


def load_preset(name: str, document: object) -> Preset:
    """A preset of a document with `products` and `policy`; collects the errors of all parts."""
    parts = _parts(document)
    products = parts["products"] if isinstance(parts["products"], Mapping) else {}
    errors: Errors = []
    found: dict[str, Any] = {}
    for product in ("pay_later", "cash_loan"):
        try:
            found[product] = load_terms(product, products.get(product), at=f"products.{product}")
        except TermsError as error:
            errors += error.errors
    try:
        found["policy"] = load_policy(parts["policy"], at="policy")
    except TermsError as error:
        errors += error.errors
    if errors:
        raise PolicyError(errors)
    return Preset(name=name, **found)


def _parts(document: object) -> Document:
    if not isinstance(document, Mapping) or set(document) != {"products", "policy"}:
        raise PolicyError([("", "is no mapping of products and policy")])
    return dict(document)


class _TextLoader(yaml.SafeLoader):
    """Reads numbers as their text, so that none passes through a float."""


_TextLoader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] in ("tag:yaml.org,2002:null",)]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
