"""The oracle: the contract's rules, row by row in plain Python, straight from `RULES.md`.

`state_at` opens every day from the customer's first to the date asked for, with the facts
booked by then, and returns the state of `manage.py scenario --json`. Nothing is carried from
one date to the next: every state is a recomputation from the first day. Names follow the
headings of `RULES.md`; amounts are exact decimals, dates calendar days.

Where a clause can be read in more than one way, this is the reading taken:

statements    take purchases valued and booked before their day that are on no bill yet.
instalments   are issued at the first opening after the draw's value date that is within the
              lead; a draw booked late counts by its value date (only statements are notices).
bill order    due, issue date, then booking order; of one issue date, bills issued at the
              opening come before bills booked that day, by due date, then the draws' order.
before        "finds nothing to act on" looks at facts in counting order (value date, booking
              date, place): a reversal, resolution or lift counted before its object is void.
utilisation   is measured after that opening's bills took the credit balance.
refund        reduces principal by at most what is outstanding; only that part is "refunded"
              for paid_on_time, while a plan counts the refund in full.
dispute       recorded once the bill is issued, even if nothing can be moved. Upheld, it takes
              min(amount, principal as issued) off the bill from its first day, moves nothing
              itself, and counts with that amount for a plan then running. Lost with nothing
              moved, it makes no bill.
plan          "its date" is its value date; bills left out neither are covered nor replace an
              older plan. Grace days from its date until the day before it ends bear no fee.
ended plan    is over at once: its bills are overdue from the next opening on; only the first
              end that is booked counts.
kept plan     an open episode is in one when its line has no bill overdue; its DPD stays as at
              the last opening before.
episodes      of the last 365 days are the customer's, on every line, those of this opening
              included, for severity and for repeat alike.
repeat/N      the highest N that fits counts, also if it gives 0 points (then none are given).
milestones    one that gave no points (0) counts as not given, should a later policy give some.
forgiveness   ends the episode's past_due and repeat points dated up to that day, for the score
              at once, for sharp_drop from the next opening.
sharp_drop    is open after an opening exactly when the lost points reach the mark; a closing
              by staff puts points up to its day aside for good.
tenure        of 29 February falls on the 29th in leap years, else on the 28th.
fees          a fee of 0.00 is none. A state shows the bills that have any.
the day's end score, limits and restrictions are those after the facts of the day; DPD is that
              of the opening, 0 without an open episode.
exemption     also covers `manual:ID`, by that code.

Of our own rules (docs/rules.md, Holds, Conditional waivers, Due day, Due dates on holidays, Paying
out a credit balance, Write-off and recovery):

hold          counts by days, from its value date until the day before its end, whatever the
              order of that day's facts; a release before its hold is none.
release       the first that is booked counts; after the hold's own end it changes nothing.
payout        takes at most the credit balance of its place in the counting order.
write-off     covers the line's issued bills that owe something then; late fees of these end,
              also those of grace days charged later; all else goes on.
by the terms  a write-off is decided upon what was known at that opening, and stands: it is a fact
              booked that day, before all others of the day.
due date      that is no banking day moves when the bill is issued, by what was announced before
              that day; preceding looks back to the day of issue, and leaves it if there is none.
settlement    a part of it that is billed ahead counts from the first day it counts: the interest
              it gives back goes by the interest as billed.
waiver        on a plan that was broken or replaced before waives nothing; on one that never
              comes to be, or is completed, it stands.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from billing.terms import CashLoanTerms, PayLaterTerms, Terms
from risk.policy import Policy, Rule
from risk.scenario_file import Fact, Instalment, Scenario

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
ONE_DAY = dt.timedelta(days=1)
YEAR = dt.timedelta(days=365)


def run(scenario: Scenario) -> dict[str, Any]:
    """The states at the file's expectations, as one object of the `--json` array."""
    return {
        "name": scenario.name,
        "states": [
            {"at": expected["at"].isoformat(), **state_at(scenario, expected["at"])}
            for expected in scenario.expect
        ],
    }


def state_at(scenario: Scenario, at: dt.date) -> dict[str, Any]:
    """The state at the end of `at`, from the facts booked by then."""
    known = [fact for fact in scenario.facts if fact.booked_on <= at]
    return book_at(scenario, [*decided_by_terms(scenario, at), *known], at).state()


def book_at(scenario: Scenario, known: list[Fact], at: dt.date) -> Book:
    upheld: dict[str, Decimal] = {}
    with localcontext(prec=60):
        while True:
            book = Book(scenario, known, upheld)
            try:
                book.open_days_until(at)
            except NeverOwed as decision:  # start again: it was never owed, from its first day
                upheld[decision.bill] = decision.amount
            else:
                return book


def decided_by_terms(scenario: Scenario, at: dt.date) -> list[Fact]:
    """The write-offs of the days up to `at`, each upon the facts that were booked before it."""
    found: list[Fact] = []
    if all(terms.write_off_dpd is None for terms in scenario.terms.values()):
        return found
    day = scenario.opened
    while day <= at:
        known = [fact for fact in scenario.facts if fact.booked_on < day]
        lines = book_at(scenario, [*found, *known], day).to_be_written_off()
        found += [Fact(0, day, day, "write_off", {"line": line}) for line in lines]
        day += ONE_DAY
    return found


class NeverOwed(Exception):
    """A dispute was decided for the customer."""

    def __init__(self, bill: str, amount: Decimal) -> None:
        super().__init__(bill)
        self.bill = bill
        self.amount = amount


# -- money and the calendar --------------------------------------------------------------


def half_up(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def rounded_down(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_DOWN)


def days(number: int) -> dt.timedelta:
    return dt.timedelta(days=number)


def in_month(year: int, month: int, day: int) -> dt.date:
    """The day of the month (which may run past 12), or the month's last."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    while True:
        try:
            return dt.date(year, month, day)
        except ValueError:
            day -= 1


def next_due_day(after: dt.date, due_day: int) -> dt.date:
    this_month = in_month(after.year, after.month, due_day)
    return this_month if this_month > after else in_month(after.year, after.month + 1, due_day)


# -- what the book holds -----------------------------------------------------------------


@dataclass(eq=False)
class Bill:
    """What is outstanding of a bill; `issued_principal` is less what was never owed."""

    name: str
    line: str
    issued_on: dt.date
    due: dt.date
    order: int
    issued_principal: Decimal
    issued_interest: Decimal
    never_owed: Decimal
    principal: Decimal = field(init=False)
    interest: Decimal = field(init=False)
    fees: Decimal = NOTHING
    fees_accrued: Decimal = NOTHING
    refunded: Decimal = NOTHING
    written_off: bool = False
    dispute: Dispute | None = None
    episode: Episode | None = None

    def __post_init__(self) -> None:
        self.principal = self.issued_principal
        self.interest = self.issued_interest

    @property
    def debt(self) -> Decimal:
        """Principal and interest outstanding: what can be overdue."""
        return self.principal + self.interest

    @property
    def outstanding(self) -> Decimal:
        return self.principal + self.interest + self.fees

    @property
    def to_be_paid(self) -> Decimal:
        moved = self.dispute.moved if self.dispute else NOTHING
        return self.issued_principal + self.issued_interest - self.refunded - moved

    @property
    def allocation_order(self) -> tuple[dt.date, dt.date, int]:
        return self.due, self.issued_on, self.order

    def pay(self, amount: Decimal) -> Decimal:
        """Fees, then interest, then principal; returns what is left of the amount."""
        for part in ("fees", "interest", "principal"):
            paid = min(amount, getattr(self, part))
            setattr(self, part, getattr(self, part) - paid)
            amount -= paid
        return amount


@dataclass(eq=False)
class Dispute:
    amount: Decimal
    moved: Decimal
    decided: bool = False


@dataclass(eq=False)
class Part:
    """An instalment of a drawn loan that is not billed yet."""

    name: str
    line: str
    issue_on: dt.date
    due: dt.date
    principal: Decimal
    interest: Decimal
    since: dt.date  # the due date before, or the draw's day
    booking_order: tuple[dt.date, int]
    draw: str
    rate: Decimal
    borne_by: Decimal = NOTHING  # once billed: the principal that bore its interest


@dataclass(eq=False)
class Plan:
    line: str
    bills: list[Bill]
    instalments: tuple[Instalment, ...]
    start: dt.date
    name: str
    counted: Decimal = NOTHING
    end: dt.date | None = None  # replaced, broken or completed; None while it is kept
    completed: bool = False

    @property
    def kept(self) -> bool:
        return self.end is None

    def covers_day(self, day: dt.date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    @property
    def outstanding(self) -> Decimal:
        return sum((bill.outstanding for bill in self.bills), NOTHING)


@dataclass(eq=False)
class Pause:
    """A hold: what stands still on which bills (None: all of the line), and on which days."""

    name: str
    line: str
    bills: tuple[str, ...] | None
    what: frozenset[str]
    start: dt.date
    end: dt.date | None

    def covers(self, line: str, bill: str, day: dt.date) -> bool:
        return (
            self.line == line
            and (self.bills is None or bill in self.bills)
            and self.start <= day
            and (self.end is None or day < self.end)
        )


@dataclass(eq=False)
class Episode:
    line: str
    opened_on: dt.date
    bills: list[Bill]
    severity: str = "general"
    dpd: int = 0
    cured_on: dt.date | None = None
    milestones: set[int] = field(default_factory=set)

    @property
    def open(self) -> bool:
        return self.cured_on is None


@dataclass(eq=False)
class Point:
    date: dt.date
    cause: str
    points: int
    lasts_days: int | None
    episode: Episode | None = None  # of past_due and repeat, which last from its cure
    forgiven: bool = False

    def in_force(self, day: dt.date) -> bool:
        if self.forgiven:
            return False
        if self.episode and self.episode.open:
            return True
        start = (self.episode and self.episode.cured_on) or self.date
        return self.lasts_days is None or day < start + days(self.lasts_days)

    def __str__(self) -> str:
        return f"{self.date} {self.cause} {self.points:+d}"


@dataclass(eq=False)
class Hold:
    """A restriction: what one reason does to one line."""

    code: str
    line: str
    effect: str
    factor: Decimal | None


# -- the book ----------------------------------------------------------------------------


class Book:
    """One customer's book, from the first day, with the facts that are known."""

    def __init__(self, scenario: Scenario, known: list[Fact], upheld: dict[str, Decimal]) -> None:
        self.opened = scenario.opened
        self.terms: dict[str, Terms] = dict(scenario.terms)
        self.policies = scenario.policies
        self.weekend, self.announced = scenario.weekend, scenario.holidays
        self.limits = dict(scenario.lines)
        self.upheld = upheld
        self.facts_of: defaultdict[dt.date, list[Fact]] = defaultdict(list)
        for fact in sorted(never_reversed(known), key=lambda fact: fact.counting_order):
            self.facts_of[fact.value_on].append(fact)

        self.day = scenario.opened
        self.policy: Policy = scenario.policies[0][1]
        self.credit = dict.fromkeys(self.limits, NOTHING)
        self.purchases: dict[str, list[Fact]] = {line: [] for line in self.limits}
        self.parts: list[Part] = []
        self.billed_parts: list[Part] = []
        self.settlements: set[str] = set()
        self.bills: dict[str, Bill] = {}
        self.bills_of: dict[str, list[Bill]] = {line: [] for line in self.limits}
        self.overdue: dict[str, list[Bill]] = {line: [] for line in self.limits}
        self.plans: list[Plan] = []
        self.pauses: list[Pause] = []
        self.due_days: dict[str, list[Fact]] = {line: [] for line in self.limits}
        self.waived: list[tuple[str, Bill, Decimal]] = []
        self.breaches: list[dt.date] = []
        self.episodes: list[Episode] = []
        self.ledger: list[Point] = []
        self.alert_open = False
        self.alert_closed_on: dt.date | None = None
        self.manual: dict[str, Hold] = {}
        self.exemptions: list[Fact] = []

    # The day

    def open_days_until(self, at: dt.date) -> None:
        self.day = self.opened
        while True:
            self.policy = self.policy_of_the_day()
            self.open_the_day()
            for fact in self.facts_of[self.day]:
                getattr(self, f"on_{fact.kind}")(fact)
                self.complete_plans()
                self.cure_episodes()
            if self.day == at:
                return
            self.day += ONE_DAY

    def policy_of_the_day(self) -> Policy:
        return [policy for first_day, policy in self.policies if first_day <= self.day][-1]

    def open_the_day(self) -> None:
        self.begin_and_end_holds()
        self.issue_bills()
        self.utilisation()
        self.break_plans()
        self.find_overdue()
        self.charge_late_fees()
        self.paid_on_time()
        self.open_episodes()
        self.measure_episodes()
        self.past_due()
        self.clean()
        self.tenure()
        self.sharp_drop()

    # 0. Holds begin and end with the day

    def begin_and_end_holds(self) -> None:
        for fact in self.facts_of[self.day]:
            data = fact.data
            if fact.kind == "hold":
                what = frozenset(x for x in ("fees", "milestones", "interest") if data[x])
                pause = Pause(
                    data["id"], data["line"], data["bills"], what, self.day, data["until"]
                )
                self.pauses.append(pause)
        for fact in self.facts_of[self.day]:
            for pause in self.pauses:
                if fact.kind == "release_hold" and pause.name == fact.data["id"]:
                    pause.end = min(self.day, pause.end or self.day)

    def held(self, what: str, line: str, bill: str, day: dt.date) -> bool:
        """As holds stand now: one without an end is taken to last."""
        return any(what in each.what and each.covers(line, bill, day) for each in self.pauses)

    def counting_days(self, bill: Bill) -> int | None:
        """Days past due less those held; None on a day that is held."""
        if self.held("milestones", bill.line, bill.name, self.day):
            return None
        return sum(
            not self.held("milestones", bill.line, bill.name, bill.due + days(number))
            for number in range(1, (self.day - bill.due).days + 1)
        )

    # 1. Bills are issued

    def issue_bills(self) -> None:
        for line, terms in self.terms.items():
            if isinstance(terms, PayLaterTerms) and line in self.limits:
                self.issue_statement(line, terms)
        due_now = [part for part in self.parts if part.issue_on <= self.day]
        by_due_date = sorted(
            (
                (self.off_holidays(part.line, part.due), part.booking_order, part)
                for part in due_now
            ),
            key=lambda each: each[:2],
        )
        for due, _, part in by_due_date:
            part.borne_by = self.ahead(part)
            self.parts.remove(part)
            self.billed_parts.append(part)
            self.issue(part.name, part.line, due, part.principal, self.interest_of(part))

    def off_holidays(self, line: str, due: dt.date) -> dt.date:
        """The due date of a bill issued today."""
        rule, day = self.terms[line].due_on_holiday, due
        while rule == "following" and day < due + days(367) and not self.is_banking_day(day):
            day += ONE_DAY
        while rule == "preceding" and day >= self.day and not self.is_banking_day(day):
            day -= ONE_DAY
        return day if day >= self.day and day < due + days(367) else due

    def is_banking_day(self, day: dt.date) -> bool:
        banking = day.isoweekday() not in self.weekend
        for row in self.announced:
            if row.on == day and row.announced < self.day:
                banking = row.worked
        return banking

    def interest_of(self, part: Part) -> Decimal:
        """In proportion to the days of its period on which interest is not held."""
        period = (part.due - part.since).days
        bearing = sum(
            not self.held("interest", part.line, part.name, part.since + days(number))
            for number in range(1, period + 1)
        )
        return half_up(part.interest * bearing / period)

    def issue_statement(self, line: str, terms: PayLaterTerms) -> None:
        if self.day != in_month(self.day.year, self.day.month, terms.statement_day):
            return
        billed = [fact for fact in self.purchases[line] if fact.booked_on < self.day]
        if billed:
            self.purchases[line] = [fact for fact in self.purchases[line] if fact not in billed]
            principal = sum((fact.data["amount"] for fact in billed), NOTHING)
            name = f"{line}/{self.day:%Y-%m}"
            due = self.own_due_date(line, next_due_day(self.day, terms.due_day))
            self.issue(name, line, self.off_holidays(line, due), principal, NOTHING)

    def own_due_date(self, line: str, due: dt.date) -> dt.date:
        """Put off to the customer's own day, as booked before today's opening."""
        chosen = [fact for fact in self.due_days[line] if fact.booked_on < self.day]
        while chosen and due.day != chosen[-1].data["day"]:
            due += ONE_DAY
        return due

    def issue(
        self, name: str, line: str, due: dt.date, principal: Decimal, interest: Decimal
    ) -> None:
        never_owed = min(self.upheld.get(name, NOTHING), principal)
        bill = Bill(
            name,
            line,
            self.day,
            due,
            len(self.bills),
            principal - never_owed,
            interest,
            never_owed,
        )
        self.bills[name] = bill
        self.bills_of[line].append(bill)
        self.bills_of[line].sort(key=lambda bill: bill.allocation_order)
        self.credit[line] = bill.pay(self.credit[line])

    # 2. Utilisation

    def utilisation(self) -> None:
        rule = self.policy.score.high_utilisation
        yesterday = self.day - ONE_DAY
        for line, limit in self.limits.items():
            had_a_bill_issued = any(bill.issued_on == yesterday for bill in self.bills_of[line])
            if had_a_bill_issued and limit > 0 and self.used(line) >= rule.ratio * limit:
                self.write("high_utilisation", rule.points, rule.lasts_days)

    def used(self, line: str) -> Decimal:
        return (
            sum((bill.principal for bill in self.bills_of[line]), NOTHING)
            + sum((fact.data["amount"] for fact in self.purchases[line]), NOTHING)
            + sum((part.principal for part in self.parts if part.line == line), NOTHING)
        )

    # 3. Plans that missed an instalment break

    def break_plans(self) -> None:
        grace = days(self.policy.plan_grace_days)
        for plan in self.kept_plans():
            missed = [part for part in plan.instalments if part.due + grace < self.day]
            was_due = sum((part.amount for part in missed), NOTHING)
            all_are_past = len(missed) == len(plan.instalments)
            if plan.outstanding > 0 and (was_due > plan.counted or all_are_past):
                self.end_unkept(plan)
                self.breaches.append(self.day)
                rule = self.policy.score.plan_broken
                self.write("plan_broken", rule.points, rule.lasts_days)

    def end_unkept(self, plan: Plan) -> None:
        """Broken or replaced: what was waived on its condition is owed again."""
        plan.end = self.day
        for name, bill, amount in self.waived:
            if name == plan.name:
                bill.fees += amount

    def kept_plans(self) -> list[Plan]:
        return [plan for plan in self.plans if plan.kept]

    def plan_of(self, bill: Bill) -> Plan | None:
        return next((plan for plan in self.kept_plans() if bill in plan.bills), None)

    # 4. Overdue

    def find_overdue(self) -> None:
        for line, bills in self.bills_of.items():
            self.overdue[line] = [bill for bill in bills if self.is_overdue(bill)]

    def is_overdue(self, bill: Bill) -> bool:
        terms = self.terms[bill.line]
        return (
            bill.debt > terms.tolerance
            and self.day > bill.due + days(terms.grace_days)
            and self.plan_of(bill) is None
        )

    def to_be_written_off(self) -> list[str]:
        """The lines that the terms write off, once the day is open."""
        return [
            line
            for line, bills in self.overdue.items()
            if (most := self.terms[line].write_off_dpd) is not None
            and any(
                (self.day - bill.due).days >= most
                and not bill.written_off
                and not any(each.covers(line, bill.name, self.day) for each in self.pauses)
                for bill in bills
            )
        ]

    # 5. Late fees

    def charge_late_fees(self) -> None:
        for line, bills in self.overdue.items():
            terms = self.terms[line]
            for bill in bills:
                if self.day == bill.due + days(terms.grace_days + 1):
                    for number in range(1, terms.grace_days + 1):
                        if not self.was_in_a_plan(bill, bill.due + days(number)):
                            self.charge_one_fee(bill, terms, bill.due + days(number))
                self.charge_one_fee(bill, terms, self.day)

    def charge_one_fee(self, bill: Bill, terms: Terms, dated: dt.date) -> None:
        if bill.written_off or self.held("fees", bill.line, bill.name, dated):
            return
        cap = rounded_down(terms.late_fee_cap_rate * bill.issued_principal)
        fee = half_up(bill.principal * terms.late_fee_daily_rate)
        fee = max(min(fee, cap - bill.fees_accrued), NOTHING)
        bill.fees += fee
        bill.fees_accrued += fee

    def was_in_a_plan(self, bill: Bill, day: dt.date) -> bool:
        return any(bill in plan.bills and plan.covers_day(day) for plan in self.plans)

    # 6. Paid on time

    def paid_on_time(self) -> None:
        rule = self.policy.score.paid_on_time
        for bill in self.bills.values():
            was_due_yesterday = bill.due + ONE_DAY == self.day
            if bill.name in self.settlements:
                continue
            if was_due_yesterday and bill.outstanding == 0 and bill.to_be_paid > 0:
                self.write("paid_on_time", rule.points, rule.lasts_days)

    # 7. Episodes

    def open_episodes(self) -> None:
        opening = []
        for line, bills in self.overdue.items():
            episode = self.open_episode(line)
            if bills and episode is None:
                episode = Episode(line, self.day, [])
                self.episodes.append(episode)
                opening.append(episode)
            if episode:
                self.join(episode, bills)
        for episode in opening:
            self.repeat(episode)

    def join(self, episode: Episode, bills: list[Bill]) -> None:
        for bill in bills:
            if bill.episode is not episode:
                bill.episode = episode
                episode.bills.append(bill)

    def open_episode(self, line: str) -> Episode | None:
        return next((each for each in self.episodes if each.line == line and each.open), None)

    def open_episodes_now(self) -> list[Episode]:
        return [episode for episode in self.episodes if episode.open]

    def in_a_kept_plan(self, episode: Episode) -> bool:
        """All its overdue bills are: what is beyond tolerance of it is not overdue now."""
        return not self.overdue[episode.line]

    def measure_episodes(self) -> None:
        for episode in self.open_episodes_now():
            if not self.in_a_kept_plan(episode):
                overdue = self.overdue[episode.line]
                episode.dpd = max((self.day - bill.due).days for bill in overdue)
                if self.is_severe(episode):
                    episode.severity = "severe"

    def counting(self, episode: Episode) -> dict[Bill, int]:
        """Its overdue bills that no hold covers today, each with its counting days."""
        found = {bill: self.counting_days(bill) for bill in self.overdue[episode.line]}
        return {bill: number for bill, number in found.items() if number is not None}

    def is_severe(self, episode: Episode) -> bool:
        rule = self.policy.severity
        counting = self.counting(episode)
        if not counting:
            return False
        owed = sum((bill.debt for bill in counting), NOTHING)
        return (
            (rule.severe_dpd is not None and max(counting.values()) >= rule.severe_dpd)
            or (
                rule.severe_episodes is not None
                and self.episodes_within_a_year() >= rule.severe_episodes
            )
            or (rule.severe_amount is not None and owed >= rule.severe_amount)
        )

    def episodes_within_a_year(self) -> int:
        return sum(self.day - YEAR < episode.opened_on <= self.day for episode in self.episodes)

    def cure_episodes(self) -> None:
        for episode in self.open_episodes_now():
            tolerance = self.terms[episode.line].tolerance
            if all(bill.debt <= tolerance for bill in episode.bills):
                episode.cured_on = self.day
                rule = self.policy.score.cured
                points = rule.severe if episode.severity == "severe" else rule.general
                self.write("cured", points, rule.lasts_days)

    # 8. Score points

    def write(
        self, cause: str, points: int, lasts_days: int | None, episode: Episode | None = None
    ) -> bool:
        if points == 0:
            return False
        self.ledger.append(Point(self.day, cause, points, lasts_days, episode))
        return True

    def past_due(self) -> None:
        score = self.policy.score
        for episode in self.open_episodes_now():
            if self.in_a_kept_plan(episode):
                continue
            reached = max(self.counting(episode).values(), default=0)
            for rule in score.past_due:
                if reached >= rule.dpd and rule.dpd not in episode.milestones:
                    cause = f"past_due/{rule.dpd}"
                    if self.write(cause, rule.points, score.adverse_lasts_days, episode):
                        episode.milestones.add(rule.dpd)

    def repeat(self, episode: Episode) -> None:
        score = self.policy.score
        number = self.episodes_within_a_year()
        fitting = [rule for rule in score.repeat if number >= rule.episodes]
        if fitting:
            rule = max(fitting, key=lambda rule: rule.episodes)
            cause = f"repeat/{rule.episodes}"
            self.write(cause, rule.points, score.adverse_lasts_days, episode)

    def clean(self) -> None:
        cures = [episode.cured_on for episode in self.episodes if episode.cured_on]
        if not cures or self.open_episodes_now():
            return
        for rule in self.policy.score.clean:
            if max(cures) + days(rule.days) == self.day:
                self.write(f"clean/{rule.days}", rule.points, rule.lasts_days)

    def tenure(self) -> None:
        years = self.day.year - self.opened.year
        anniversary = in_month(self.day.year, self.opened.month, self.opened.day)
        if years > 0 and self.day == anniversary:
            rule = self.policy.score.tenure
            self.write(f"tenure/{years}", rule.points, rule.lasts_days)

    def score(self) -> int:
        rules = self.policy.score
        in_force = sum(point.points for point in self.ledger if point.in_force(self.day))
        return max(rules.floor, min(rules.ceiling, rules.initial + in_force))

    # Alerts

    def sharp_drop(self) -> None:
        rule = self.policy.alerts.sharp_drop
        if rule is None:
            self.alert_open = False
            return
        start = self.day - days(rule.window_days)
        if self.alert_closed_on:
            start = max(start, self.alert_closed_on)
        lost = -sum(
            point.points
            for point in self.ledger
            if point.points < 0 and start < point.date <= self.day and not point.forgiven
        )
        self.alert_open = lost >= rule.points_lost

    # Money

    def allocate(self, line: str, amount: Decimal) -> None:
        for bill in self.bills_of[line]:
            amount = bill.pay(amount)
        self.credit[line] += amount

    def complete_plans(self) -> None:
        for plan in self.kept_plans():
            if plan.outstanding == 0:
                plan.end, plan.completed = self.day, True
                rule = self.policy.score.plan_kept
                self.write("plan_kept", rule.points, rule.lasts_days)

    # Facts of the day

    def on_bill(self, fact: Fact) -> None:
        data = fact.data
        self.issue(data["id"], data["line"], data["due"], data["principal"], data["interest"])

    def on_purchase(self, fact: Fact) -> None:
        self.purchases[fact.data["line"]].append(fact)

    def on_draw(self, fact: Fact) -> None:
        self.parts += drawn_loan(fact, self.terms[fact.data["line"]])

    def on_repay(self, fact: Fact) -> None:
        line, amount = fact.data["line"], fact.data["amount"]
        self.allocate(line, amount)
        for plan in self.kept_plans():
            if plan.line == line:
                plan.counted += amount

    def on_reverse(self, fact: Fact) -> None:
        """Its repayment was left out from the start: see `never_reversed`."""

    def on_refund(self, fact: Fact) -> None:
        bill, amount = self.bills.get(fact.data["bill"]), fact.data["amount"]
        if bill is None:
            return
        part = min(amount, bill.principal)
        bill.principal -= part
        bill.refunded += part
        self.allocate(bill.line, amount - part)
        self.count_for_its_plan(bill, amount)

    def count_for_its_plan(self, bill: Bill, amount: Decimal) -> None:
        plan = self.plan_of(bill)
        if plan:
            plan.counted += amount

    def on_dispute(self, fact: Fact) -> None:
        bill, amount = self.bills.get(fact.data["bill"]), fact.data["amount"]
        if bill is None or bill.dispute or bill.name.endswith("/disputed"):
            return
        if bill.name in self.upheld:  # never owed: there is nothing to move
            bill.dispute = Dispute(amount, NOTHING)
            self.count_for_its_plan(bill, bill.never_owed)
            return
        moved = min(amount, bill.principal)
        bill.dispute = Dispute(amount, moved)
        bill.principal -= moved
        self.count_for_its_plan(bill, moved)

    def on_resolve_dispute(self, fact: Fact) -> None:
        bill = self.bills.get(fact.data["bill"])
        if bill is None or bill.dispute is None or bill.dispute.decided:
            return
        bill.dispute.decided = True
        if fact.data["outcome"] == "lender":
            if bill.dispute.moved > 0:
                due = self.day + days(10)
                self.issue(f"{bill.name}/disputed", bill.line, due, bill.dispute.moved, NOTHING)
        elif bill.name not in self.upheld:
            raise NeverOwed(bill.name, min(bill.dispute.amount, bill.issued_principal))

    def on_waive(self, fact: Fact) -> None:
        bill, amount = self.bills.get(fact.data["bill"]), fact.data["amount"]
        plan = fact.data["plan"]
        unkept = [each.name for each in self.plans if each.end and not each.completed]
        if bill and plan not in unkept:
            waived = bill.fees if amount is None else min(amount, bill.fees)
            bill.fees -= waived
            self.waived.append((plan, bill, waived))

    def on_plan(self, fact: Fact) -> None:
        named = [self.bills[name] for name in fact.data["bills"] if name in self.bills]
        covered = [bill for bill in named if bill.outstanding > 0]
        if not covered:
            return
        for bill in covered:
            older = self.plan_of(bill)
            if older:
                self.end_unkept(older)
        data = fact.data
        self.plans.append(Plan(data["line"], covered, data["instalments"], self.day, data["id"]))

    def on_hold(self, fact: Fact) -> None:
        """It counts from the opening: see `begin_and_end_holds`."""

    def on_release_hold(self, fact: Fact) -> None:
        """It counts from the opening: see `begin_and_end_holds`."""

    def on_due_day(self, fact: Fact) -> None:
        self.due_days[fact.data["line"]].append(fact)

    def on_payout(self, fact: Fact) -> None:
        line = fact.data["line"]
        self.credit[line] -= min(self.credit[line], fact.data["amount"])

    def on_write_off(self, fact: Fact) -> None:
        for bill in self.bills_of[fact.data["line"]]:
            bill.written_off = bill.written_off or bill.outstanding > 0

    def on_settle(self, fact: Fact) -> None:
        """Early settlement: principal comes forward from the last parts first."""
        data = fact.data
        parts = [part for part in self.parts if part.draw == data["draw"]]
        unbilled = sum((part.principal for part in parts), NOTHING)
        forward = unbilled if data["amount"] is None else min(data["amount"], unbilled)
        if forward == 0:
            return
        rate, since = parts[0].rate, parts[0].since
        bearing = sum(
            not self.held("interest", data["line"], data["id"], since + days(number))
            for number in range(1, (self.day - since).days + 1)
        )
        interest = half_up(forward * rate * bearing)
        self.give_interest_back(data["draw"], forward)
        left = forward
        for part in reversed(parts):
            taken = min(part.principal, left)
            part.principal -= taken
            left -= taken
        for part in reversed(parts):
            if self.ahead(part) == 0:
                self.parts.remove(part)
            else:
                part.interest = half_up(self.ahead(part) * rate * (part.due - part.since).days)
        self.settlements.add(data["id"])
        self.issue(data["id"], data["line"], self.day, forward, interest)

    def give_interest_back(self, draw: str, forward: Decimal) -> None:
        """Of instalments billed ahead, for the days after today."""
        for part in self.billed_parts:
            after = (part.due - max(part.since, self.day)).days
            if part.draw != draw or after <= 0:
                continue
            bill = self.bills[part.name]
            borne = part.borne_by * (part.due - part.since).days
            back = half_up(bill.issued_interest * forward * after / borne)
            off = min(back, bill.interest)
            bill.interest -= off
            self.credit[bill.line] += back - off

    def ahead(self, part: Part) -> Decimal:
        """What is not billed yet of its draw, from this part on."""
        return sum(
            (x.principal for x in self.parts if x.draw == part.draw and x.due >= part.due), NOTHING
        )

    def on_end_plan(self, fact: Fact) -> None:
        plan = next((plan for plan in self.plans if plan.name == fact.data["id"]), None)
        if plan and plan.kept:
            self.end_unkept(plan)
            rule = self.policy.score.plan_ended
            self.write("plan_ended", rule.points, rule.lasts_days)

    def on_exempt(self, fact: Fact) -> None:
        self.exemptions.append(fact)

    def on_forgive(self, fact: Fact) -> None:
        bill = self.bills.get(fact.data["bill"])
        if bill and bill.episode:
            for point in self.ledger:
                if point.episode is bill.episode:
                    point.forgiven = True

    def on_income(self, fact: Fact) -> None:
        rule = self.policy.score.income_verified
        self.write("income_verified", rule.points, rule.lasts_days)

    def on_limit(self, fact: Fact) -> None:
        self.limits[fact.data["line"]] = fact.data["amount"]

    def on_restrict(self, fact: Fact) -> None:
        data = fact.data
        code = f"manual:{data['id']}"
        self.manual[data["id"]] = Hold(code, data["line"], data["effect"], data["factor"])

    def on_lift(self, fact: Fact) -> None:
        self.manual.pop(fact.data["id"], None)

    def on_close_alert(self, fact: Fact) -> None:
        if self.alert_open and fact.data["code"] == "sharp_drop":
            self.alert_open = False
            self.alert_closed_on = self.day

    def on_policy(self, fact: Fact) -> None:
        """A policy is known ahead and took effect at the opening: see `policy_of_the_day`."""

    # Restrictions

    def restrictions(self) -> list[Hold]:
        by_rule = [
            Hold(rule.code, line, rule.effect, rule.factor)
            for rule in self.policy.restrictions
            for line in self.limits
            if rule.targets(line) and self.holds(rule, line)
        ]
        holds = by_rule + list(self.manual.values())
        return [hold for hold in holds if not self.is_exempt(hold)]

    def holds(self, rule: Rule, line: str) -> bool:
        own = [each for each in self.episodes if each.line == line]
        others = [each for each in self.episodes if each.line != line]
        if rule.trigger == "own_overdue":
            return any(self.open_or_held(each, rule) for each in own)
        if rule.trigger in ("linked_general", "linked_severe"):
            severity = rule.trigger.removeprefix("linked_")
            return any(
                each.severity == severity and self.open_or_held(each, rule) for each in others
            )
        if rule.trigger == "score_below":
            assert rule.score is not None
            return self.score() < rule.score
        if rule.trigger == "alert":
            return self.alert_open
        return any(self.day < broken_on + days(rule.hold_days) for broken_on in self.breaches)

    def open_or_held(self, episode: Episode, rule: Rule) -> bool:
        return episode.cured_on is None or self.day < episode.cured_on + days(rule.hold_days)

    def is_exempt(self, hold: Hold) -> bool:
        return any(
            (fact.data["code"], fact.data["line"]) == (hold.code, hold.line)
            and self.day < fact.data["until"]
            for fact in self.exemptions
        )

    # The state

    def state(self) -> dict[str, Any]:
        holds = self.restrictions()
        return {
            "score": self.score(),
            "lines": {line: self.line_state(line, holds) for line in self.limits},
            "fees": {
                bill.name: str(bill.fees_accrued)
                for bill in self.bills.values()
                if bill.fees_accrued
            },
            "restrictions": sorted({f"{hold.code}@{hold.line}" for hold in holds}),
            "alerts": ["sharp_drop"] if self.alert_open else [],
            "events": sorted(str(point) for point in self.ledger),
        }

    def line_state(self, line: str, holds: Iterable[Hold]) -> dict[str, Any]:
        status, limit = self.status_and_limit(line, [hold for hold in holds if hold.line == line])
        episode = self.open_episode(line)
        outstanding = sum((bill.outstanding for bill in self.bills_of[line]), NOTHING)
        return {
            "status": status,
            "effective_limit": str(limit),
            "available": str(max(limit - self.used(line), NOTHING)),
            "outstanding": str(outstanding),
            "credit_balance": str(self.credit[line]),
            "dpd": episode.dpd if episode else 0,
            "severity": episode.severity if episode else "none",
        }

    def status_and_limit(self, line: str, holds: list[Hold]) -> tuple[str, Decimal]:
        if any(hold.effect == "suspend" for hold in holds):
            return "suspended", NOTHING
        factors = [hold.factor for hold in holds if hold.factor is not None]
        if factors:
            return "reduced", rounded_down(self.limits[line] * min(factors))
        return "active", self.limits[line]


# -- facts before they count -------------------------------------------------------------


def never_reversed(facts: list[Fact]) -> Iterator[Fact]:
    """A reversed repayment is treated as never made."""
    reversals = {(fact.data["id"], fact.counting_order) for fact in facts if fact.kind == "reverse"}
    ends: set[str] = set()
    for fact in sorted(facts, key=lambda fact: fact.booking_order):
        if fact.kind == "end_plan":
            if fact.data["id"] in ends:
                continue
            ends.add(fact.data["id"])
        bounced = fact.kind == "repay" and any(
            repayment == fact.data["id"] and fact.counting_order < order
            for repayment, order in reversals
        )
        if not bounced:
            yield fact


def drawn_loan(fact: Fact, terms: Terms) -> Iterator[Part]:
    """The instalments of a draw ("A drawn loan")."""
    assert isinstance(terms, CashLoanTerms)
    drawn_on, count = fact.value_on, fact.data["instalments"]
    outstanding: Decimal = fact.data["amount"]
    equal_part = rounded_down(outstanding / count)
    since = drawn_on
    for number in range(1, count + 1):
        due = in_month(drawn_on.year, drawn_on.month + number, drawn_on.day)
        interest = half_up(outstanding * terms.interest_daily_rate * (due - since).days)
        principal = outstanding if number == count else equal_part
        yield Part(
            name=f"{fact.data['id']}/{number}",
            line=fact.data["line"],
            issue_on=max(drawn_on + ONE_DAY, due - days(terms.billing_lead_days)),
            due=due,
            principal=principal,
            interest=interest,
            since=since,
            booking_order=fact.booking_order,
            draw=fact.data["id"],
            rate=terms.interest_daily_rate,
        )
        outstanding -= principal
        since = due
