"""The usual way: an ORM loop, one transaction a customer, the customer's row locked.

It does a night's work on the synthetic book by the contract's rules, customer by customer, with
objects and querysets; what the synthetic book does not hold (plans, disputes, decisions of staff,
exemptions, forgiveness) it leaves out, which makes it faster, not slower. It is here to be
measured and to agree with the engine; nothing else calls it.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q, Sum

from accounts.models import Customer
from billing.choices import BillOrigin, Component, EntryKind
from billing.models import Bill, Charge, CreditLine, Entry, Fact, LineState, OpenBill
from billing.terms import CashLoanTerms
from risk import rules
from risk.choices import Cause, Effect, EvidenceKind, Severity, Status
from risk.models import (
    Alert,
    Episode,
    EpisodeAge,
    EpisodeBill,
    LineStatus,
    Point,
    Restriction,
    RestrictionEvidence,
    Score,
)
from risk.policy import Rule
from risk.rules import DayRules

_CENT = Decimal("0.01")
_EPOCH = datetime.date(1970, 1, 1)
_DAY = datetime.timedelta(days=1)


def open_day(on: datetime.date, customers: Iterable[int]) -> int:
    """Open the day for each customer, each in a transaction; return how many there were."""
    rulebook = rules.current().on(on)
    done = 0
    for customer_id in customers:
        with transaction.atomic():
            customer = Customer.objects.select_for_update().get(pk=customer_id)
            CustomerDay(customer, rulebook).run()
        done += 1
    return done


def everybody() -> list[int]:
    return list(Customer.objects.order_by("pk").values_list("pk", flat=True))


def candidates(on: datetime.date) -> list[int]:
    """Customers for whom the day can bring anything."""
    day = rules.current().on(on)
    score, held = day.policy.score, day.policy.restrictions
    found: set[int] = set()
    for queryset in (
        OpenBill.objects.filter(Q(overdue_on__isnull=False) | Q(due_on__lt=on)),
        Charge.objects.filter(bill=None, due_on__lte=on + _lead(day)),
        Bill.objects.filter(Q(due_on=on - _DAY) | Q(issued_on=on - _DAY)),
        Point.objects.filter(expires_on=on),
        Episode.objects.filter(cured_on__in=[on - _days(r.days) for r in score.clean]),
        Episode.objects.filter(cured_on__in=[on - _days(n) for n in day.adverse_terms]),
        Episode.objects.filter(cured_on__in=[on - _days(r.hold_days) for r in held]),
        Alert.objects.filter(closed_on=None),
        Fact.objects.filter(value_on=on),
    ):
        found.update(queryset.values_list("customer_id", flat=True).distinct())
    found.update(
        Customer.objects.filter(
            opened_on__month=on.month, opened_on__day=on.day, opened_on__lt=on
        ).values_list("pk", flat=True)
    )
    return sorted(found)


@dataclass
class CustomerDay:
    """One customer's business day, as a Django developer would write it."""

    customer: Customer
    rules: DayRules
    bills: list[OpenBill] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    lines: list[CreditLine] = field(default_factory=list)

    @property
    def on(self) -> datetime.date:
        return self.rules.on

    def run(self) -> None:
        self.score = Score.objects.get(customer=self.customer)
        self.before = (self.score.points, self.score.score)
        self.lines = list(CreditLine.objects.filter(customer=self.customer))
        self.bills = list(OpenBill.objects.filter(customer=self.customer).order_by("due_on"))
        self.episodes = list(
            Episode.objects.filter(customer=self.customer, cured_on=None, reversed_on=None)
        )
        self.expire_points()
        self.issue_instalments()
        self.high_utilisation()
        fresh = self.mark_overdue()
        self.charge_fees()
        self.paid_on_time()
        opened = self.open_episodes(fresh)
        self.age_episodes(opened)
        self.past_due()
        self.repeat(opened)
        self.clean()
        self.tenure()
        self.alerts()
        self.save_score()
        self.restrict()
        for fact in Fact.objects.filter(
            customer=self.customer, value_on=self.on, kind="repay"
        ).order_by("booked_on", "pk"):
            self.repay(fact)
            self.cure()
            self.save_score()
            self.restrict()

    # -- money ---------------------------------------------------------------------------

    def issue_instalments(self) -> None:
        """Bill the instalments whose lead days have begun."""
        due = Charge.objects.filter(
            customer=self.customer,
            bill=None,
            due_on__isnull=False,
            due_on__lte=self.on + _lead(self.rules),
            value_on__lt=self.on,
        )
        for charge in due:
            bill = Bill.objects.create(
                id=_next_bill_id(),
                customer=self.customer,
                line_id=charge.line_id,
                number=charge.number,
                origin=BillOrigin.INSTALMENT,
                issued_on=self.on,
                booked_on=self.on,
                sequence=charge.fact_id,
                due_on=charge.due_on or self.on,
                principal=charge.principal,
                interest=charge.interest,
            )
            charge.bill = bill
            charge.save(update_fields=["bill"])
            state = LineState.objects.get(pk=charge.line_id)
            state.unbilled -= charge.principal
            state.save(update_fields=["unbilled"])
            self._enter(bill, Component.PRINCIPAL, EntryKind.ISSUED, bill.principal)
            if bill.interest:
                self._enter(bill, Component.INTEREST, EntryKind.ISSUED, bill.interest)
            self.bills.append(
                OpenBill.objects.create(
                    bill=bill,
                    customer=self.customer,
                    line_id=bill.line_id,
                    product="cash_loan",
                    due_on=bill.due_on,
                    principal=bill.principal,
                    interest=bill.interest,
                    fee=Decimal(0),
                    fees_charged=Decimal(0),
                    cap_principal=bill.principal,
                )
            )

    def mark_overdue(self) -> list[OpenBill]:
        fresh = []
        for bill in self.bills:
            terms = self.rules.terms[bill.product]
            late = self.on > bill.due_on + _days(terms.grace_days)
            if not bill.overdue_on and late and bill.principal + bill.interest > terms.tolerance:
                bill.overdue_on = self.on
                bill.save(update_fields=["overdue_on"])
                fresh.append(bill)
        return fresh

    def charge_fees(self) -> None:
        for bill in self.bills:
            if bill.overdue_on is None:
                continue
            terms = self.rules.terms[bill.product]
            fee = (bill.principal * terms.late_fee_daily_rate).quantize(_CENT, ROUND_HALF_UP)
            cap = (bill.cap_principal * terms.late_fee_cap_rate).quantize(_CENT, ROUND_DOWN)
            fee = min(fee, cap - bill.fees_charged)
            known = Entry.objects.filter(bill=bill.bill_id, for_on=self.on, kind="fee")
            if fee <= 0 or known.exists():
                continue
            self._enter(bill, Component.FEE, EntryKind.FEE, fee)
            bill.fee += fee
            bill.fees_charged += fee
            bill.save(update_fields=["fee", "fees_charged"])

    def repay(self, fact: Fact) -> None:
        """Oldest due date first; within a bill fees, interest, principal; the rest is credit."""
        left = fact.amount or Decimal(0)
        for bill in sorted(self.bills, key=lambda bill: (bill.due_on, bill.bill_id)):
            if bill.line_id != fact.line_id:
                continue
            for component in (Component.FEE, Component.INTEREST, Component.PRINCIPAL):
                part = min(left, getattr(bill, component.value))
                if part > 0:
                    left -= part
                    setattr(bill, component.value, getattr(bill, component.value) - part)
                    self._enter(bill, component, EntryKind.REPAID, -part, fact)
            if bill.fee + bill.interest + bill.principal == 0:
                bill.delete()
                self.bills.remove(bill)
            else:
                bill.save(update_fields=["fee", "interest", "principal"])
        if left > 0:
            self._enter(fact, Component.CREDIT, EntryKind.REPAID, left, fact)
            state = LineState.objects.get(pk=fact.line_id)
            state.credit += left
            state.save(update_fields=["credit"])

    def _enter(
        self,
        owner: Any,
        component: Component,
        kind: EntryKind,
        amount: Decimal,
        fact: Fact | None = None,
    ) -> None:
        """One entry; `owner` is a bill, an open bill, or the fact of a credit."""
        bill_id = owner.bill_id if isinstance(owner, OpenBill) else owner.pk
        Entry.objects.create(
            value_on=self.on,
            for_on=self.on,
            booked_on=self.on,
            customer=self.customer,
            line_id=owner.line_id,
            bill_id=None if component == Component.CREDIT else bill_id,
            component=component,
            kind=kind,
            amount=amount,
            fact=fact,
        )

    # -- episodes ------------------------------------------------------------------------

    def open_episodes(self, fresh: list[OpenBill]) -> list[Episode]:
        opened = []
        for bill in fresh:
            episode = next((e for e in self.episodes if e.line_id == bill.line_id), None)
            if episode is None:
                episode = Episode.objects.create(
                    id=bill.line_id * 100_000 + (self.on - _EPOCH).days,
                    customer=self.customer,
                    line_id=bill.line_id,
                    opened_on=self.on,
                    severity=Severity.GENERAL,
                    oldest_due=bill.due_on,
                )
                EpisodeAge.objects.create(
                    episode=episode, customer=self.customer, on=self.on, oldest_due=bill.due_on
                )
                self.episodes.append(episode)
                opened.append(episode)
            EpisodeBill.objects.create(
                episode=episode, bill_id=bill.bill_id, customer=self.customer, joined_on=self.on
            )
        return opened

    def age_episodes(self, opened: list[Episode]) -> None:
        severity = self.rules.policy.severity
        for episode in self.episodes:
            overdue = [b for b in self.bills if b.line_id == episode.line_id and b.overdue_on]
            oldest = min((b.due_on for b in overdue), default=episode.oldest_due)
            if oldest != episode.oldest_due:
                episode.oldest_due = oldest
                episode.save(update_fields=["oldest_due"])
                EpisodeAge.objects.create(
                    episode=episode, customer=self.customer, on=self.on, oldest_due=oldest
                )
            if episode.severity == Severity.SEVERE:
                continue
            by_days = severity.severe_dpd and (self.on - oldest).days >= severity.severe_dpd
            most = severity.severe_episodes
            by_number = opened and most and self._episodes_of_a_year() >= most
            if by_days or by_number:
                episode.severity, episode.severe_on = Severity.SEVERE, self.on
                episode.save(update_fields=["severity", "severe_on"])

    def cure(self) -> None:
        rule = self.rules.policy.score.cured
        for episode in list(self.episodes):
            joined = set(episode.bills.values_list("bill_id", flat=True))
            if any(b.bill_id in joined and b.principal + b.interest > 0 for b in self.bills):
                continue
            episode.cured_on = self.on
            episode.save(update_fields=["cured_on"])
            self.episodes.remove(episode)
            points = rule.severe if episode.severity == Severity.SEVERE else rule.general
            self._point(Cause.CURED, 0, points, episode.pk, rule.lasts_days)

    def _episodes_of_a_year(self) -> int:
        return Episode.objects.filter(
            customer=self.customer,
            reversed_on=None,
            opened_on__gt=self.on - _days(365),
            opened_on__lte=self.on,
        ).count()

    # -- points --------------------------------------------------------------------------

    def expire_points(self) -> None:
        ended = Point.objects.filter(
            customer=self.customer, expires_on=self.on, on__lt=self.on, reverses_id=None
        ).aggregate(points=Sum("points"))["points"]
        for life in self.rules.adverse_terms:
            for episode in Episode.objects.filter(
                customer=self.customer, cured_on=self.on - _days(life)
            ):
                ended = (ended or 0) + (
                    Point.objects.filter(
                        customer=self.customer,
                        cause__in=[Cause.PAST_DUE, Cause.REPEAT],
                        evidence_id=episode.pk,
                        lasts_days=life,
                    ).aggregate(points=Sum("points"))["points"]
                    or 0
                )
        if ended is not None:
            self.score.points -= ended
            self.score.ended_on = self.on
            self.score.save(update_fields=["ended_on"])

    def high_utilisation(self) -> None:
        rule = self.rules.policy.score.high_utilisation
        issued = Bill.objects.filter(customer=self.customer, issued_on=self.on - _DAY)
        for line_id in {bill.line_id for bill in issued}:
            state = LineState.objects.get(pk=line_id)
            used = state.unbilled + sum(b.principal for b in self.bills if b.line_id == line_id)
            if state.assigned_limit > 0 and used >= rule.ratio * state.assigned_limit:
                self._point(Cause.HIGH_UTILISATION, 0, rule.points, line_id, rule.lasts_days)

    def paid_on_time(self) -> None:
        rule = self.rules.policy.score.paid_on_time
        still_open = {bill.bill_id for bill in self.bills}
        for bill in Bill.objects.filter(
            customer=self.customer, due_on=self.on - _DAY, issued_on__lt=self.on
        ):
            if bill.pk not in still_open and bill.principal + bill.interest > 0:
                self._point(Cause.PAID_ON_TIME, 0, rule.points, bill.pk, rule.lasts_days)

    def past_due(self) -> None:
        score = self.rules.policy.score
        for episode in self.episodes:
            for rule in score.past_due:
                if (self.on - episode.oldest_due).days < rule.dpd:
                    continue
                known = Point.objects.filter(
                    customer=self.customer,
                    cause=Cause.PAST_DUE,
                    threshold=rule.dpd,
                    evidence_id=episode.pk,
                    reverses_id=None,
                )
                if not known.exists():
                    self._adverse(Cause.PAST_DUE, rule.dpd, rule.points, episode)

    def repeat(self, opened: list[Episode]) -> None:
        for episode in opened:
            number = self._episodes_of_a_year()
            fitting = [r for r in self.rules.policy.score.repeat if r.episodes <= number]
            if fitting:
                self._adverse(Cause.REPEAT, fitting[-1].episodes, fitting[-1].points, episode)

    def clean(self) -> None:
        for rule in self.rules.policy.score.clean:
            cured = self.on - _days(rule.days)
            ended = Episode.objects.filter(customer=self.customer, cured_on=cured)
            last = ended.order_by("pk").last()
            later = Episode.objects.filter(
                Q(cured_on=None) | Q(cured_on__gt=cured), customer=self.customer, reversed_on=None
            )
            if last and not later.exists():
                self._point(Cause.CLEAN, rule.days, rule.points, last.pk, rule.lasts_days)

    def tenure(self) -> None:
        rule, first = self.rules.policy.score.tenure, self.customer.opened_on
        if first < self.on and (first.month, first.day) == (self.on.month, self.on.day):
            years = self.on.year - first.year
            self._point(Cause.TENURE, years, rule.points, self.customer.pk, rule.lasts_days)

    def _adverse(self, cause: Cause, threshold: int, points: int, episode: Episode) -> None:
        lasts = self.rules.policy.score.adverse_lasts_days
        self._write_point(cause, threshold, points, episode.pk, lasts_days=lasts)

    def _point(
        self, cause: Cause, threshold: int, points: int, evidence: int, lives: int | None
    ) -> None:
        expires = None if lives is None else self.on + _days(lives)
        self._write_point(cause, threshold, points, evidence, expires_on=expires)

    def _write_point(
        self, cause: Cause, threshold: int, points: int, evidence: int, **lasting: Any
    ) -> None:
        if not points:
            return
        Point.objects.create(
            on=self.on,
            customer=self.customer,
            cause=cause,
            threshold=threshold,
            points=points,
            evidence_id=evidence,
            policy_id=self.rules.policy_id,
            booked_on=self.on,
            **lasting,
        )
        self.score.points += points

    def save_score(self) -> None:
        figures = self.rules.policy.score
        value = figures.initial + self.score.points
        self.score.score = min(max(value, figures.floor), figures.ceiling)
        if (self.score.points, self.score.score) != self.before:
            self.score.save(update_fields=["points", "score"])
            self.before = (self.score.points, self.score.score)

    # -- alerts and restrictions ---------------------------------------------------------

    def alerts(self) -> None:
        rule = self.rules.policy.alerts.sharp_drop
        standing = Alert.objects.filter(
            customer=self.customer, code="sharp_drop", closed_on=None, reversed_on=None
        ).first()
        if rule is None:
            return
        lost = -(
            Point.objects.filter(
                customer=self.customer,
                on__gt=self.on - _days(rule.window_days),
                on__lte=self.on,
                points__lt=0,
                reverses_id=None,
            ).aggregate(points=Sum("points"))["points"]
            or 0
        )
        if standing and lost < rule.points_lost:
            standing.closed_on = self.on
            standing.save(update_fields=["closed_on"])
        elif not standing and lost >= rule.points_lost:
            Alert.objects.create(
                customer=self.customer, code="sharp_drop", opened_on=self.on, points_lost=lost
            )

    def restrict(self) -> None:
        due = self._restrictions_due()
        standing = {
            _rule_key(r): r
            for r in Restriction.objects.filter(
                customer=self.customer, until_on=None, reversed_on=None
            )
        }
        touched = set()
        for key, row in standing.items():
            if key not in due:
                row.until_on = self.on
                row.save(update_fields=["until_on"])
                touched.add(row.line_id)
        for key, evidence in due.items():
            known = standing.get(key)
            row = known or self._open_restriction(key)
            if known is None:
                touched.add(row.line_id)
            for kind, evidence_id, born in evidence:
                if known is None or born == self.on:
                    RestrictionEvidence.objects.get_or_create(
                        restriction=row,
                        kind=kind,
                        evidence_id=evidence_id,
                        defaults={"customer": self.customer, "on": self.on},
                    )
        for line_id in touched:
            self._fold(line_id, [key for key in due if key[0] == line_id])

    def _restrictions_due(self) -> dict["_Key", list[tuple[str, int, datetime.date | None]]]:
        held = self.episodes + list(
            Episode.objects.filter(
                customer=self.customer,
                reversed_on=None,
                cured_on__gt=self.on - _days(_longest_hold(self.rules)),
            )
        )
        alerts = list(
            Alert.objects.filter(customer=self.customer, closed_on=None, reversed_on=None)
        )
        due: dict[_Key, list[tuple[str, int, datetime.date | None]]] = {}
        for rule in self.rules.policy.restrictions:
            for line in self.lines:
                if rule.targets(line.product):
                    found = list(self._evidence(rule, line, held, alerts))
                    if found:
                        factor = rule.factor if rule.factor is not None else Decimal(0)
                        key = (line.pk, rule.code, rule.trigger, rule.effect, factor)
                        due.setdefault(key, []).extend(found)
        return due

    def _evidence(
        self, rule: Rule, line: CreditLine, held: list[Episode], alerts: list[Alert]
    ) -> Iterable[tuple[str, int, datetime.date | None]]:
        for episode in held:
            holds = episode.cured_on is None or self.on < episode.cured_on + _days(rule.hold_days)
            own = episode.line_id == line.pk
            fits = rule.trigger == ("own_overdue" if own else f"linked_{episode.severity}")
            if holds and fits:
                born = max(episode.opened_on, episode.severe_on or episode.opened_on)
                yield EvidenceKind.EPISODE, episode.pk, born
        if rule.score is not None and self.score.score < rule.score:
            yield EvidenceKind.SCORE, self.score.score, None
        for alert in alerts:
            if alert.code == rule.alert:
                yield EvidenceKind.ALERT, alert.pk, alert.opened_on

    def _open_restriction(self, key: "_Key") -> Restriction:
        line_id, code, trigger, effect, factor = key
        return Restriction.objects.create(
            customer=self.customer,
            line_id=line_id,
            code=code,
            trigger=trigger,
            effect=effect,
            factor=factor,
            policy_id=self.rules.policy_id,
            from_on=self.on,
        )

    def _fold(self, line_id: int, due: list["_Key"]) -> None:
        if not due:
            LineStatus.objects.filter(pk=line_id).delete()
            return
        suspended = any(key[3] == Effect.SUSPEND for key in due)
        LineStatus.objects.update_or_create(
            line_id=line_id,
            defaults={
                "customer": self.customer,
                "status": Status.SUSPENDED if suspended else Status.REDUCED,
                "factor": Decimal(0) if suspended else min(key[4] for key in due),
            },
        )


_Key = tuple[int, str, str, str, Decimal]


def charged(on: datetime.date) -> tuple[int, str]:
    """How many fees the day has, and their sum."""
    found = Entry.objects.filter(value_on=on, kind=EntryKind.FEE).aggregate(
        fees=Count("pk"), amount=Sum("amount")
    )
    return found["fees"], str(found["amount"] or 0)


def _rule_key(row: Restriction) -> _Key:
    return (row.line_id, row.code, row.trigger, row.effect, row.factor)


def _days(number: int) -> datetime.timedelta:
    return datetime.timedelta(days=number)


def _lead(day: DayRules) -> datetime.timedelta:
    terms = day.terms["cash_loan"]
    assert isinstance(terms, CashLoanTerms)
    return _days(terms.billing_lead_days)


def _longest_hold(day: DayRules) -> int:
    return max((rule.hold_days for rule in day.policy.restrictions), default=0)


def _next_bill_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select nextval('billing_fact_id_seq')")
        return int(cursor.fetchone()[0])
