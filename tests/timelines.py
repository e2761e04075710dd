"""Timelines by the thousand: every kind of fact, in random booking order.

`scenarios()` is a hypothesis strategy, `random_scenario(seed)` the same for scripts; both
build a YAML-like document and read it through `risk.scenario_file`, so that every timeline is
one that a file could hold. `to_yaml` writes one back as a file that can be run again.

Amounts are small and dates close, so that bills, plans, disputes, refunds, late bookings and
reversals meet. Facts that react to another (a reversal, a resolution, a lift) are booked after
it; everything else may come in any order.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, TypeVar

import yaml
from hypothesis import strategies as st

from billing.terms import PRODUCTS
from risk.policy import CONTRACT, preset
from risk.scenario_file import (
    Fact,
    Instalment,
    Scenario,
    known_bills,
    next_day_of_month,
    scenario_of,
    statement_name,
)
from risk.scenario_file.calendar import WEEKDAYS

T = TypeVar("T")
Document = dict[str, Any]

FIRST_DAYS = (
    "2026-01-01",
    "2025-12-15",
    "2025-01-31",
    "2024-02-29",
    "2024-02-01",
    "2023-12-31",
    "2025-06-10",
)


class Dice(Protocol):
    """Where the choices come from: hypothesis, or a seeded random number generator."""

    def number(self, low: int, high: int) -> int: ...

    def one_of(self, options: Sequence[T]) -> T: ...


@dataclass
class Rolled:
    """Choices of a seeded generator."""

    source: random.Random

    def number(self, low: int, high: int) -> int:
        return self.source.randint(low, high)

    def one_of(self, options: Sequence[T]) -> T:
        return self.source.choice(options)


@dataclass
class Drawn:
    """Choices of hypothesis, which can make them smaller."""

    draw: Callable[[st.SearchStrategy[Any]], Any]

    def number(self, low: int, high: int) -> int:
        drawn: int = self.draw(st.integers(low, high))
        return drawn

    def one_of(self, options: Sequence[T]) -> T:
        drawn: T = self.draw(st.sampled_from(options))
        return drawn


def random_scenario(seed: int, *, most_facts: int = 30) -> Scenario:
    """The timeline of that seed."""
    return _Timeline(Rolled(random.Random(seed)), f"seed-{seed}", most_facts).scenario()


@st.composite
def scenarios(draw: Callable[[st.SearchStrategy[Any]], Any], most_facts: int = 20) -> Scenario:
    """Timelines with every kind of fact."""
    return _Timeline(Drawn(draw), "hypothesis", most_facts).scenario()


# -- what may be chosen ------------------------------------------------------------------

PAY_LATER_TERMS: Mapping[str, Sequence[Any]] = {
    "statement_day": ("1", "15", "28", "30", "31"),
    "due_day": ("1", "5", "10", "28", "30", "31"),
    "grace_days": ("0", "1", "3", "7"),
    "tolerance": ("0", "0.05", "5", "50"),
    "late_fee_daily_rate": ("0.0005", "0", "0.01", "0.0333"),
    "late_fee_cap_rate": ("1.0", "0", "0.0018", "0.01", "0.0506"),
}
CASH_LOAN_TERMS: Mapping[str, Sequence[Any]] = {
    "billing_lead_days": ("10", "0", "3", "31", "70"),
    "grace_days": ("0", "1", "3", "7"),
    "tolerance": ("0", "0.05", "5", "50"),
    "interest_daily_rate": ("0.0004", "0", "0.003"),
    "late_fee_daily_rate": ("0.0006", "0", "0.02"),
    "late_fee_cap_rate": ("1.0", "0", "0.0018", "0.0506"),
}


def _milestones(key: str, *rows: tuple[int, int]) -> list[Document]:
    return [{key: str(number), "points": str(points)} for number, points in rows]


def _clean(*rows: tuple[int, int, str | None]) -> list[Document]:
    return [
        {"days": str(number), "points": str(points), "lasts_days": lasts}
        for number, points, lasts in rows
    ]


def _rules() -> list[Document]:
    rules: list[Document] = preset(CONTRACT).policy.document()["restrictions"]
    return [{key: str(value) for key, value in rule.items() if value is not None} for rule in rules]


OWN_RULES: Sequence[list[Document]] = (
    [],
    [
        {"code": "late", "trigger": "own_overdue", "target": "any", "effect": "suspend"},
        {
            "code": "late",
            "trigger": "own_overdue",
            "target": "pay_later",
            "effect": "reduce",
            "factor": "0.5",
            "hold_days": "5",
        },
        {
            "code": "linked",
            "trigger": "linked_general",
            "target": "any",
            "effect": "reduce",
            "factor": "0.333",
            "hold_days": "10",
        },
        {
            "code": "linked",
            "trigger": "linked_severe",
            "target": "cash_loan",
            "effect": "reduce",
            "factor": "0.1",
        },
    ],
    [
        {
            "code": "score",
            "trigger": "score_below",
            "target": "any",
            "effect": "reduce",
            "factor": "0.75",
            "score": "601",
        },
        {
            "code": "drop",
            "trigger": "alert",
            "alert": "sharp_drop",
            "target": "any",
            "effect": "suspend",
        },
        {
            "code": "broken",
            "trigger": "plan_broken",
            "target": "any",
            "effect": "reduce",
            "factor": "0.9",
            "hold_days": "7",
        },
    ],
)

OVERRIDES: Sequence[Document] = (
    {"plan_grace_days": "0"},
    {"plan_grace_days": "10"},
    {"severity": {"severe_dpd": "3"}},
    {"severity": {"severe_dpd": None, "severe_episodes": "2"}},
    {"severity": {"severe_amount": "50"}},
    {"severity": {"severe_dpd": "12", "severe_episodes": None, "severe_amount": None}},
    {"score": {"initial": "540"}},
    {"score": {"initial": "945"}},
    {"score": {"floor": "580"}},
    {"score": {"ceiling": "605"}},
    {"score": {"floor": "300", "ceiling": "950"}},
    {"score": {"adverse_lasts_days": "10"}},
    {"score": {"adverse_lasts_days": None}},
    {"score": {"adverse_lasts_days": "0"}},
    {"score": {"past_due": _milestones("dpd", (2, -7), (5, -20))}},
    {"score": {"past_due": _milestones("dpd", (1, 0), (4, -25), (8, -30))}},
    {"score": {"past_due": []}},
    {"score": {"repeat": _milestones("episodes", (1, -4), (2, 0), (3, -30))}},
    {"score": {"repeat": []}},
    {"score": {"cured": {"general": "0", "severe": "6"}}},
    {"score": {"cured": {"lasts_days": "5"}}},
    {"score": {"clean": _clean((5, 4, "3"), (20, 9, None))}},
    {"score": {"clean": _clean((1, 2, "365"), (90, 10, "0"))}},
    {"score": {"paid_on_time": {"points": "0"}}},
    {"score": {"paid_on_time": {"points": "7", "lasts_days": "9"}}},
    {"score": {"high_utilisation": {"ratio": "0.1", "points": "-9"}}},
    {"score": {"high_utilisation": {"ratio": "0", "lasts_days": "4"}}},
    {"score": {"tenure": {"points": "8", "lasts_days": "30"}}},
    {"score": {"income_verified": {"lasts_days": "3"}}},
    {"score": {"plan_kept": {"points": "0"}, "plan_broken": {"points": "-60"}}},
    {"score": {"plan_broken": {"points": "0"}}},
    {"score": {"plan_ended": {"points": "-20", "lasts_days": "90"}}},
    {"alerts": {"sharp_drop": {"points_lost": "10", "window_days": "5"}}},
    {"alerts": {"sharp_drop": {"points_lost": "30", "window_days": "60"}}},
    {"alerts": {"sharp_drop": None}},
    {"alerts": None},
    *({"restrictions": rules} for rules in OWN_RULES),
    {"restrictions": _rules()},
    {"restrictions": _rules()[:3]},
    {"restrictions": _rules()[3:]},
)

AMOUNTS = ("100", "50.6", "10", "333.33", "1000", "0.01", "6.66", "120.35", "400")
PAYMENTS = (
    "100",
    "50",
    "500",
    "1000",
    "1500",
    "0.01",
    "10.05",
    "334",
    "33.33",
    "600",
    "121",
    "5000",
)
LIMITS = ("5000", "1000", "500", "100", "333.33", "0", "0.01")


# -- building one ------------------------------------------------------------------------


@dataclass
class _Entry:
    """A fact to be: `order` is its place among the file's lines, `day` its booking date."""

    day: dt.date
    order: int
    kind: str
    data: Document
    value_on: dt.date | None = None

    def document(self) -> Document:
        found: Document = {"date": self.day.isoformat()}
        if self.value_on is not None:
            found["value_date"] = self.value_on.isoformat()
        return found | {self.kind: self.data}


@dataclass
class _Timeline:
    """One timeline in the making."""

    dice: Dice
    name: str
    most_facts: int
    entries: list[_Entry] = field(default_factory=list)
    bills: list[tuple[str, str, dt.date]] = field(default_factory=list)
    disputed: set[str] = field(default_factory=set)
    repayments: list[_Entry] = field(default_factory=list)
    manual: list[_Entry] = field(default_factory=list)
    plans: list[_Entry] = field(default_factory=list)
    holds: list[_Entry] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)

    def scenario(self) -> Scenario:
        document = self.document()
        scenario = scenario_of(document, Path(f"{self.name}.yaml"))
        missing = [bill for bill, _, _ in self.bills if bill not in self.known(scenario)]
        assert not missing, missing
        return scenario

    def known(self, scenario: Scenario) -> dict[str, str]:
        return known_bills(scenario.facts, scenario.terms)

    def chance(self, percent: int) -> bool:
        return self.dice.number(0, 99) >= 100 - percent

    def document(self) -> Document:
        dice = self.dice
        self.opened = dt.date.fromisoformat(dice.one_of(FIRST_DAYS))
        self.length = dice.one_of((60, 120, 30, 250, 400))
        self.lines = dice.one_of((PRODUCTS, PRODUCTS, PRODUCTS, PRODUCTS[:1], PRODUCTS[1:]))
        self.statement_day, self.due_day = 1, 10
        document: Document = {
            "name": self.name,
            "customer": {"opened": self.opened.isoformat()},
            "lines": {line: dice.one_of(LIMITS) for line in self.lines},
            "products": self.products(),
            "policy": self.overrides() if self.chance(40) else {},
            "holidays": self.holidays(),
        }
        self.debts()
        for _ in range(dice.number(0, self.most_facts)):
            dice.one_of(self.acts())()
        self.entries.sort(key=lambda entry: entry.order)
        document["facts"] = [entry.document() for entry in self.entries]
        document["expect"] = [{"at": day.isoformat()} for day in self.days_to_look_at()]
        return document

    def products(self) -> Document:
        found: Document = {}
        for product, choices in (("pay_later", PAY_LATER_TERMS), ("cash_loan", CASH_LOAN_TERMS)):
            found[product] = {
                key: self.dice.one_of(values) for key, values in choices.items() if self.chance(25)
            }
            if self.chance(40):
                found[product]["due_on_holiday"] = self.dice.one_of(("following", "preceding"))
                found[product]["calendar"] = "file"
        self.statement_day = int(found["pay_later"].get("statement_day", 1))
        self.due_day = int(found["pay_later"].get("due_day", 10))
        return found

    def holidays(self) -> list[Document]:
        """Weekends, and days off or worked that are announced early or too late; some for weeks."""
        found: list[Document] = [
            {"weekday": day} for day in self.dice.one_of(((), ("saturday", "sunday"), ("friday",)))
        ]
        announced = self.opened
        for _ in range(self.dice.number(0, 6)):
            first = self.some_day()
            until = first + dt.timedelta(days=self.dice.one_of((1, 3, 8, 1, 40)))
            announced += dt.timedelta(days=self.dice.one_of((1, 9, 30)))
            row: Document = {"date": first.isoformat(), "until": until.isoformat()}
            if self.chance(60):
                row["announced"] = announced.isoformat()
                row["worked"] = self.chance(30)
                found.append(row)
            elif not any("announced" not in other and "date" in other for other in found):
                found.append(row)
        return found

    def overrides(self) -> Document:
        found: Document = {}
        for _ in range(self.dice.number(1, 3)):
            for key, value in self.dice.one_of(OVERRIDES).items():
                both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
                found[key] = {**found[key], **value} if both else value
        return found

    # Days

    def some_day(self) -> dt.date:
        return self.opened + dt.timedelta(days=self.dice.number(0, self.length))

    def day_near(self, day: dt.date) -> dt.date:
        """Mostly from a little before to a month after; never before the first day."""
        offset = self.dice.one_of((0, 1, 2, 3, 4, 8, 15, 31, 45, 95, -1, -3, -9))
        near = day + dt.timedelta(days=offset + self.dice.number(0, 2))
        return max(self.opened, min(near, self.opened + dt.timedelta(days=self.length + 60)))

    def add(
        self,
        kind: str,
        data: Document,
        day: dt.date,
        *,
        late: bool = True,
        after: _Entry | None = None,
    ) -> _Entry:
        """A fact booked on that day, one in five valued earlier; never before `after` is."""
        order = self.dice.number(0, 50)
        earliest = self.opened
        if after:
            day, order = max(day, after.day), max(order, after.order + 1)
            earliest = after.value_on or after.day
        entry = _Entry(day, order, kind, data)
        if late and self.chance(20):
            value_on = day - dt.timedelta(days=self.dice.one_of((1, 2, 5, 12, 30, 60)))
            entry.value_on = max(earliest, value_on)
        self.entries.append(entry)
        return entry

    def new_id(self, letter: str) -> str:
        return f"{letter}{len(self.entries) + 1}"

    # Debts first, then what happens to them

    def debts(self) -> None:
        for _ in range(self.dice.number(1, 5)):
            line = self.dice.one_of(self.lines)
            options = (
                (self.bill, self.bill, self.purchases)
                if line == "pay_later"
                else (self.bill, self.bill, self.draw)
            )
            self.dice.one_of(options)(line)

    def bill(self, line: str) -> None:
        day = self.some_day()
        due = day + dt.timedelta(days=self.dice.one_of((9, 4, 0, 1, 30)))
        data = {
            "id": self.new_id("B"),
            "line": line,
            "principal": self.dice.one_of(AMOUNTS),
            "due": due.isoformat(),
        }
        if self.chance(20):
            data["interest"] = self.dice.one_of(("6.2", "0.5", "60"))
        if self.chance(5):
            data["principal"] = "0"
        self.add("bill", data, day)
        self.bills.append((data["id"], line, due))

    def purchases(self, line: str) -> None:
        for _ in range(self.dice.number(1, 3)):
            data = {"id": self.new_id("T"), "line": line, "amount": self.dice.one_of(AMOUNTS)}
            entry = self.add("purchase", data, self.some_day())
            statement = next_day_of_month(entry.day, self.statement_day)
            due = next_day_of_month(statement, self.due_day)
            name = statement_name(line, statement)
            if name not in [bill for bill, _, _ in self.bills]:
                self.bills.append((name, line, due))

    def draw(self, line: str) -> None:
        count = self.dice.one_of((3, 1, 2, 6, 7))
        data = {
            "id": self.new_id("D"),
            "line": line,
            "amount": self.dice.one_of(("1000", "100", "0.05", "333.33")),
            "instalments": str(count),
        }
        entry = self.add("draw", data, self.some_day())
        due = entry.value_on or entry.day
        day_of_month = due.day
        for number in range(1, count + 1):
            due = next_day_of_month(due.replace(day=1) + dt.timedelta(days=31), day_of_month)
            due = min(due, self.opened + dt.timedelta(days=self.length))
            self.bills.append((f"{data['id']}/{number}", line, due))

    def acts(self) -> Sequence[Callable[[], None]]:
        return (
            self.repay,
            self.repay,
            self.repay,
            self.reverse,
            self.refund,
            self.dispute,
            self.waive,
            self.plan,
            self.plan,
            self.end_plan,
            self.hold,
            self.hold,
            self.release_hold,
            self.change_due_day,
            self.settle,
            self.settle,
            self.forgive,
            self.exempt,
            self.restrict,
            self.lift,
            self.income,
            self.limit,
            self.payout,
            self.payout,
            self.write_off,
            self.close_alert,
            self.policy,
            self.more_debt,
        )

    def some_bill(self) -> tuple[str, str, dt.date]:
        bill, line, due = self.dice.one_of(self.bills)
        if bill in self.disputed and self.chance(30):
            return f"{bill}/disputed", line, due + dt.timedelta(days=20)
        return bill, line, due

    def more_debt(self) -> None:
        line = self.dice.one_of(self.lines)
        self.bill(line)

    def repay(self) -> None:
        _, line, due = self.some_bill()
        data = {"id": self.new_id("P"), "line": line, "amount": self.dice.one_of(PAYMENTS)}
        self.repayments.append(self.add("repay", data, self.day_near(due)))

    def reverse(self) -> None:
        if self.repayments:
            repayment = self.dice.one_of(self.repayments)
            day = repayment.day + dt.timedelta(days=self.dice.one_of((3, 0, 1, 20)))
            self.add("reverse", {"id": repayment.data["id"]}, day, late=False, after=repayment)

    def refund(self) -> None:
        bill, _, due = self.some_bill()
        data = {"bill": bill, "amount": self.dice.one_of(PAYMENTS)}
        self.add("refund", data, self.day_near(due))

    def dispute(self) -> None:
        bill, _, due = self.some_bill()
        data = {"bill": bill, "amount": self.dice.one_of(AMOUNTS)}
        dispute = self.add("dispute", data, self.day_near(due))
        if not bill.endswith("/disputed"):
            self.disputed.add(bill)
        if self.chance(75):
            day = dispute.day + dt.timedelta(days=self.dice.one_of((8, 0, 1, 20)))
            outcome = {"bill": bill, "outcome": self.dice.one_of(("customer", "lender"))}
            self.add("resolve_dispute", outcome, day, late=False, after=dispute)

    def waive(self) -> None:
        bill, _, due = self.some_bill()
        data = {"bill": bill, "amount": self.dice.one_of(("all", "all", "0.5", "100"))}
        day = self.day_near(due)
        if self.plans and self.chance(60):
            plan = self.dice.one_of(self.plans)
            data["plan"] = plan.data["id"]
            day = self.dice.one_of((plan.day, plan.day, day))
        self.add("waive", data, day)

    def hold(self) -> None:
        bill, line, due = self.some_bill()
        data: Document = {"id": self.new_id("H"), "line": line}
        if self.chance(60):
            others = [name for name, other, _ in self.bills if other == line and self.chance(20)]
            data["bills"] = list(dict.fromkeys([bill, *others]))
        for held, percent in (("fees", 60), ("milestones", 70), ("interest", 50)):
            if self.chance(percent) and (held != "interest" or line == "cash_loan"):
                data[held] = True
        if not {"fees", "milestones", "interest"} & set(data):
            data["milestones"] = True
        day = self.day_near(due)
        if self.chance(50):
            data["until"] = (day + dt.timedelta(days=self.dice.one_of((5, 1, 12, 40)))).isoformat()
        self.holds.append(self.add("hold", data, day))

    def release_hold(self) -> None:
        if self.holds:
            hold = self.holds.pop(self.dice.number(0, len(self.holds) - 1))
            day = hold.day + dt.timedelta(days=self.dice.one_of((6, 0, 1, 15, 33)))
            self.add("release_hold", {"id": hold.data["id"]}, day, after=hold)

    def change_due_day(self) -> None:
        if "pay_later" in self.lines:
            data = {"line": "pay_later", "day": self.dice.one_of(("5", "1", "20", "28"))}
            self.add("due_day", data, self.some_day())

    def settle(self) -> None:
        draws = [entry for entry in self.entries if entry.kind == "draw"]
        if draws:
            draw = self.dice.one_of(draws)
            due = self.dice.one_of(
                [due for bill, _, due in self.bills if bill.startswith(draw.data["id"] + "/")]
            )
            day = self.dice.one_of((self.day_near(due), self.day_near(draw.day)))
            data = {
                "id": self.new_id("E"),
                "line": draw.data["line"],
                "draw": draw.data["id"],
                "amount": self.dice.one_of(("all", "all", *AMOUNTS)),
            }
            self.add("settle", data, day)
            self.bills.append((data["id"], data["line"], day))
            if self.chance(50):
                paid = {
                    "id": self.new_id("P"),
                    "line": data["line"],
                    "amount": self.dice.one_of(PAYMENTS),
                }
                self.repayments.append(self.add("repay", paid, day))

    def plan(self) -> None:
        bill, line, due = self.some_bill()
        others = [name for name, other, _ in self.bills if other == line and self.chance(30)]
        day = self.day_near(due)
        data = {
            "id": self.new_id("A"),
            "line": line,
            "bills": list(dict.fromkeys([bill, *others])),
            "instalments": [
                {
                    "due": (day + dt.timedelta(days=offset)).isoformat(),
                    "amount": self.dice.one_of(PAYMENTS),
                }
                for offset in self.dice.one_of(((10,), (10, 40), (0, 30), (20, 50, 80), (-5, 15)))
            ],
        }
        self.plans.append(self.add("plan", data, day))
        if self.chance(50):  # and something is paid towards it
            paid = {"id": self.new_id("P"), "line": line, "amount": self.dice.one_of(PAYMENTS)}
            when = day + dt.timedelta(days=self.dice.one_of((9, 0, 12, 38)))
            self.repayments.append(self.add("repay", paid, when))

    def end_plan(self) -> None:
        if self.plans:
            plan = self.plans.pop()
            data = {"id": plan.data["id"], "line": plan.data["line"]}
            day = plan.day + dt.timedelta(days=self.dice.one_of((7, 0, 1, 14, 45)))
            self.add("end_plan", data, day, after=plan)

    def forgive(self) -> None:
        bill, _, due = self.some_bill()
        self.add("forgive", {"bill": bill}, self.day_near(due))

    def exempt(self) -> None:
        day = self.day_near(self.some_bill()[2])
        codes = ("own_overdue", "linked_general", "linked_severe", "low_score", "plan_broken")
        manual = tuple(f"manual:{entry.data['id']}" for entry in self.manual)
        data = {
            "code": self.dice.one_of((*codes, "sharp_drop", "late", *manual)),
            "line": self.dice.one_of(self.lines),
            "until": (day + dt.timedelta(days=self.dice.one_of((5, 1, 30, 300)))).isoformat(),
        }
        self.add("exempt", data, day)

    def restrict(self) -> None:
        data = {"id": self.new_id("M"), "line": self.dice.one_of(self.lines), "effect": "suspend"}
        if self.chance(60):
            data |= {"effect": "reduce", "factor": self.dice.one_of(("0.8", "0.333", "0.05"))}
        self.manual.append(self.add("restrict", data, self.some_day()))

    def lift(self) -> None:
        if self.manual:
            entry = self.dice.one_of(self.manual)
            self.add("lift", {"id": entry.data["id"]}, self.day_near(entry.day), after=entry)

    def income(self) -> None:
        self.add("income", {"id": self.new_id("I")}, self.some_day())

    def limit(self) -> None:
        data = {"line": self.dice.one_of(self.lines), "amount": self.dice.one_of(LIMITS)}
        self.add("limit", data, self.some_day())

    def payout(self) -> None:
        """Often of what a repayment left; now and then of what is not there."""
        line, day = self.dice.one_of(self.lines), self.some_day()
        if self.repayments and self.chance(80):
            repayment = self.dice.one_of(self.repayments)
            line, day = repayment.data["line"], self.day_near(repayment.day)
        data = {"id": self.new_id("O"), "line": line, "amount": self.dice.one_of(PAYMENTS)}
        self.add("payout", data, day)

    def write_off(self) -> None:
        _, line, due = self.some_bill()
        self.add("write_off", {"line": line}, self.day_near(due))

    def close_alert(self) -> None:
        day = self.day_near(self.some_bill()[2])
        self.add("close_alert", {"code": "sharp_drop"}, day)

    def policy(self) -> None:
        self.add("policy", self.overrides(), self.some_day(), late=False)

    # Where to look

    def days_to_look_at(self) -> list[dt.date]:
        days = {self.opened + dt.timedelta(days=self.length + 61)}
        for entry in self.entries:
            days.add(entry.day)
            if self.chance(20):
                days.add(entry.day + dt.timedelta(days=1))
        for _, _, due in self.bills:
            if self.chance(30):
                days.add(due + dt.timedelta(days=self.dice.one_of((1, 2, 4, 9, 40))))
        return sorted(day for day in days if day >= self.opened)


# -- the same timeline, known in time ----------------------------------------------------


KEEP_THEIR_BOOKING = ("purchase", "draw", "due_day")


def learned_on_time(scenario: Scenario) -> Scenario:
    """The timeline in a book that booked every fact on its value date, in counting order.

    Purchases, due days and draws keep their booking date: a statement is a notice of what was
    booked before it, and bills of one opening are issued in the draws' booking order. So does all
    of a day on which a loan is settled that was drawn that day and booked later: the settlement
    finds it only if it is booked after it.
    """
    drawn = {fact.data["id"]: fact for fact in scenario.facts if fact.kind == "draw"}
    kept = {
        fact.value_on
        for fact in scenario.facts
        if fact.kind == "settle"
        and (draw := drawn[fact.data["draw"]]).value_on == fact.value_on < draw.booked_on
    }
    facts = [
        replace(
            fact,
            index=index,
            booked_on=fact.booked_on
            if fact.kind in KEEP_THEIR_BOOKING or fact.value_on in kept
            else fact.value_on,
        )
        for index, fact in enumerate(
            sorted(scenario.facts, key=lambda fact: fact.counting_order), start=1
        )
    ]
    return replace(scenario, facts=tuple(sorted(facts, key=lambda fact: fact.booking_order)))


# -- and back to a file ------------------------------------------------------------------


def to_yaml(scenario: Scenario, states: Sequence[Mapping[str, Any]] | None = None) -> str:
    """The timeline as a file's text; with `states`, those become its expectations."""
    contract = preset(CONTRACT)
    document = {
        "name": scenario.name,
        "customer": {"opened": scenario.opened},
        "lines": dict(scenario.lines),
        "products": {
            product: _changed(contract.terms[product].document(), terms.document())
            for product, terms in scenario.terms.items()
        },
        "policy": _changed(contract.policy.document(), scenario.policies[0][1].document()),
        "holidays": [
            *({"weekday": WEEKDAYS[day - 1]} for day in scenario.weekend),
            *(
                {"date": row.on, "announced": row.announced, "worked": row.worked}
                for row in scenario.holidays
            ),
        ],
        "facts": [
            _fact_document(fact) for fact in sorted(scenario.facts, key=lambda fact: fact.index)
        ],
        "expect": [dict(state) for state in (states or scenario.expect)],
    }
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Document:
    """The overrides that lead from one document to the other."""
    found: Document = {}
    for key, value in after.items():
        old = before.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            if changed := _changed(old, value):
                found[key] = changed
        elif value != old:
            found[key] = value
    return found


def _fact_document(fact: Fact) -> Document:
    found: Document = {"date": fact.booked_on}
    if fact.value_on != fact.booked_on:
        found["value_date"] = fact.value_on
    if fact.kind == "policy":
        return found | {"policy": fact.data["overrides"]}
    data = {key: value for key, value in fact.data.items() if value is not None}
    if fact.kind in ("waive", "settle") and fact.data["amount"] is None:
        data["amount"] = "all"
    return found | {fact.kind: data}


class _Dumper(yaml.SafeDumper):
    """Leaves amounts exact and writes no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    text = f"{value:f}"
    kind = "float" if "." in text else "int"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", text)


def _instalment(dumper: yaml.SafeDumper, value: Instalment) -> yaml.Node:
    return dumper.represent_dict(value._asdict())


_Dumper.add_representer(Decimal, _decimal)
_Dumper.add_representer(Instalment, _instalment)
_Dumper.add_representer(tuple, yaml.SafeDumper.represent_list)
