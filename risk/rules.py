"""Which policy and terms are in force on a day (RULES: a policy takes effect at the opening of
its first day)."""

import datetime
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection

from billing.models import ProductTerms
from billing.terms import Terms, load_terms
from risk.choices import PolicyStatus
from risk.models import PolicyVersion
from risk.policy import Policy, load_policy


class NoPolicy(Exception):
    """No policy or no terms are in force on a day."""


@dataclass(frozen=True)
class DayRules:
    """The figures in force on one day; `new_policy` and `new_terms`: they changed today.

    `adverse_terms` are the lives, in days after the cure, of past_due and repeat points under any
    policy so far.
    """

    on: datetime.date
    policy: Policy
    policy_id: int | None
    terms: Mapping[str, Terms]
    new_policy: bool
    new_terms: bool
    adverse_terms: tuple[int, ...]


@dataclass(frozen=True)
class Rulebook:
    """Policies and terms by their first day, each list sorted by it."""

    policies: Sequence[tuple[datetime.date, Policy, int | None]]
    terms: Sequence[tuple[datetime.date, Mapping[str, Terms]]]

    def on(self, day: datetime.date) -> DayRules:
        """Raise NoPolicy before the first day of either."""
        n = bisect_right([first for first, _, _ in self.policies], day)
        m = bisect_right([first for first, _ in self.terms], day)
        if not n or not m:
            raise NoPolicy(f"no policy or no product terms are in force on {day}")
        first, policy, policy_id = self.policies[n - 1]
        lives = {p.score.adverse_lasts_days for _, p, _ in self.policies[:n]}
        return DayRules(
            on=day,
            policy=policy,
            policy_id=policy_id,
            terms=self.terms[m - 1][1],
            new_policy=first == day,
            new_terms=self.terms[m - 1][0] == day,
            adverse_terms=tuple(sorted(life for life in lives if life is not None)),
        )


def current() -> Rulebook:
    """The book's own rules; raises NoPolicy if there are none. Read anew only when a version was
    published: what is published does not change."""
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISHED)
        policies, terms = cursor.fetchone()
    if not policies or not terms:
        raise NoPolicy("no policy or no product terms are published")
    return _read((*policies, *terms))


_PUBLISHED = """
select array(select id from risk_policyversion where status = 'published' order by id),
       array(select id from billing_productterms order by id)
"""


@lru_cache(maxsize=4)
def _read(mark: tuple[int, ...]) -> Rulebook:
    """The rules as published so far; `mark` keys the cache."""
    versions = PolicyVersion.objects.filter(status=PolicyStatus.PUBLISHED)
    policies = [
        (version.effective_from, load_policy(version.document), version.pk)
        for version in versions.order_by("effective_from")
    ]
    return Rulebook(policies=policies, terms=_terms_timeline())


def _terms_timeline() -> list[tuple[datetime.date, Mapping[str, Terms]]]:
    timeline: dict[datetime.date, dict[str, Terms]] = {}
    current: dict[str, Terms] = {}
    for row in ProductTerms.objects.order_by("effective_from"):
        current = {**current, row.product: load_terms(row.product, _document(row))}
        timeline[row.effective_from] = current
    return [(first, terms) for first, terms in timeline.items() if len(terms) == 2]


def _document(row: ProductTerms) -> dict[str, Any]:
    document: dict[str, Any] = row.document
    return document
