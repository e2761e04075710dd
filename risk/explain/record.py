"""Everything about one customer that reasons rest on."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from billing.models import Bill, Fact, OpenBill, Plan, ProductTerms
from billing.queries import opened_through
from risk import rules, status
from risk.choices import PolicyStatus
from risk.models import (
    Alert,
    Correction,
    Decision,
    Episode,
    EpisodeBill,
    Forgiveness,
    Point,
    PolicyVersion,
    Restriction,
    RestrictionEvidence,
    Score,
)
from risk.policy import Policy, Rule, load_policy
from risk.rules import DayRules, NoPolicy

MOST_RESTRICTIONS = 200


@dataclass
class Record:
    """One customer as of their last open day `on`."""

    customer_id: int
    on: datetime.date
    rules: DayRules | None
    policies: dict[int, PolicyVersion]
    lines: dict[int, dict[str, Any]]
    restrictions: list[Restriction]
    evidence: dict[int, list[RestrictionEvidence]]
    episodes: dict[int, Episode]
    bills: dict[int, list[Bill]]
    owed: list[OpenBill]
    points: list[Point]
    forgiven: dict[int, list[Forgiveness]]
    score: int | None
    alerts: dict[int, Alert]
    plans: dict[int, Plan]
    decisions: dict[int, Decision]
    corrections: dict[tuple[str, int], Correction]
    _read: dict[int, Policy] = field(default_factory=dict)

    @property
    def policy(self) -> Policy | None:
        return self.rules.policy if self.rules else None

    def standing_points(self) -> list[Point]:
        """The ledger without what was reversed, and without the reversals."""
        undone = {p.reverses_id for p in self.points if p.reverses_id}
        return [p for p in self.points if p.reverses_id is None and p.pk not in undone]

    def open_episodes(self) -> list[Episode]:
        return [e for e in self.episodes.values() if e.cured_on is None and e.reversed_on is None]

    def dpd(self, episode: Episode) -> int:
        """Days past due of an open episode; those of its oldest due date, unless at rest."""
        if episode.frozen_dpd is not None:
            return episode.frozen_dpd
        return (self.on - episode.oldest_due).days

    def to_cure(self, episode: Episode) -> Decimal:
        """What a repayment has to be, so that nothing of the episode's bills is outstanding.

        Repayments go to the oldest due date first and to a bill's fees before its principal
        (RULES, Allocation), so older bills and their fees are paid on the way.
        """
        ids = {bill.pk for bill in self.bills.get(episode.pk, ())}
        line = sorted(
            (o for o in self.owed if o.line_id == episode.line_id),
            key=lambda o: (o.due_on, o.bill.issued_on, o.bill.sequence),
        )
        reach = max((n for n, o in enumerate(line) if o.bill_id in ids), default=-1)
        due = sum((o.principal + o.interest + o.fee for o in line[: reach + 1]), Decimal(0))
        credit: Decimal = self.lines[episode.line_id]["credit"]
        return max(due - credit, Decimal(0))

    def overdue(self, episode: Episode) -> Decimal:
        """Principal and interest outstanding of the episode's bills."""
        ids = {bill.pk for bill in self.bills.get(episode.pk, ())}
        return sum((o.principal + o.interest for o in self.owed if o.bill_id in ids), Decimal(0))

    def rule_of(self, restriction: Restriction) -> Rule | None:
        """The rule of the day behind a restriction; the version it came from knows it else."""
        policy = self.policy if restriction.until_on is None else None
        for candidate in (policy, self._version(restriction)):
            for rule in candidate.restrictions if candidate else ():
                if (
                    (rule.code, rule.trigger, rule.effect)
                    == (restriction.code, restriction.trigger, restriction.effect)
                    and (rule.factor or Decimal(0)) == restriction.factor
                    and rule.targets(self.lines[restriction.line_id]["product"])
                ):
                    return rule
        return None

    def _version(self, restriction: Restriction) -> Policy | None:
        """The policy that a restriction names, read once however many name it."""
        pk = restriction.policy_id or 0
        if pk in self.policies and pk not in self._read:
            self._read[pk] = load_policy(self.policies[pk].document)
        return self._read.get(pk)


def business_day(customer_id: int) -> datetime.date | None:
    """The last day that is open for a customer, without waiting for a night under way."""
    return opened_through(customer_id)


def read(customer_id: int, on: datetime.date) -> Record:
    """Everything at once; the number of queries does not depend on what is found."""
    return read_many([customer_id], on)[customer_id]


def read_many(customers: Collection[int], on: datetime.date) -> dict[int, Record]:
    """The records of customers who have the same last open day, in as many queries as of one."""
    mine = {"customer_id__in": list(customers)}
    restrictions = _by_customer(Restriction.objects.filter(**mine).order_by("-from_on", "-pk"))
    evidence: dict[int, list[RestrictionEvidence]] = defaultdict(list)
    for row in RestrictionEvidence.objects.filter(**mine).order_by("on", "pk"):
        evidence[row.restriction_id].append(row)
    bills: dict[int, list[Bill]] = defaultdict(list)
    for joined in (
        EpisodeBill.objects.filter(**mine).select_related("bill").order_by("bill__due_on", "pk")
    ):
        bills[joined.episode_id].append(joined.bill)
    forgiven: dict[int, list[Forgiveness]] = defaultdict(list)
    for grant in Forgiveness.objects.filter(**mine).order_by("on"):
        forgiven[grant.episode_id].append(grant)
    scores = {score.customer_id: score.score for score in Score.objects.filter(**mine)}
    lines = status.lines_of(customers, on)
    episodes = _by_customer(Episode.objects.filter(**mine).order_by("-opened_on", "-pk"))
    owed = _by_customer(
        OpenBill.objects.filter(**mine).select_related("bill").order_by("due_on", "pk")
    )
    points = _by_customer(Point.objects.filter(**mine).order_by("on", "pk"))
    alerts = _by_customer(Alert.objects.filter(**mine).order_by("-opened_on", "-pk"))
    plans = _by_customer(Plan.objects.filter(**mine).order_by("-started_on", "-pk"))
    decisions = _by_customer(
        Decision.objects.filter(**mine)
        .select_related("booked_by", "line")
        .order_by("-value_on", "-pk")
    )
    corrections = _by_customer(Correction.objects.filter(act="reversed", **mine).order_by("pk"))
    rules_of_day = _rules_on(on)
    policies = {
        version.pk: version
        for version in PolicyVersion.objects.filter(status=PolicyStatus.PUBLISHED)
    }
    return {
        pk: Record(
            customer_id=pk,
            on=on,
            rules=rules_of_day,
            policies=policies,
            lines={row["id"]: row for row in lines.get(pk, ())},
            restrictions=restrictions[pk][:MOST_RESTRICTIONS],
            evidence=evidence,
            episodes={e.pk: e for e in episodes[pk]},
            bills=bills,
            owed=owed[pk],
            points=points[pk],
            forgiven=forgiven,
            score=scores.get(pk),
            alerts={a.pk: a for a in alerts[pk]},
            plans={p.pk: p for p in plans[pk]},
            decisions={d.pk: d for d in decisions[pk]},
            # the last reversal of each row that was reversed
            corrections={(row.subject, row.subject_id): row for row in corrections[pk]},
        )
        for pk in customers
    }


def _by_customer(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(row)
    return found


def _rules_on(on: datetime.date) -> DayRules | None:
    """The rules in force on a day; None in a book that has none yet."""
    try:
        return rules.current().on(on)
    except (NoPolicy, PolicyVersion.DoesNotExist, ProductTerms.DoesNotExist):
        return None


def because_of(corrections: list[Correction]) -> dict[str, Fact | Decision]:
    """The facts and decisions that corrections name (`fact 12`, `decision 3`), by that name."""
    named: dict[str, set[int]] = defaultdict(set)
    for row in corrections:
        kind, _, pk = row.because_of.partition(" ")
        if pk.isdigit():
            named[kind].add(int(pk))
    found: dict[str, Fact | Decision] = {}
    for fact in Fact.objects.filter(pk__in=named["fact"]):
        found[f"fact {fact.pk}"] = fact
    for decision in Decision.objects.filter(pk__in=named["decision"]):
        found[f"decision {decision.pk}"] = decision
    return found
