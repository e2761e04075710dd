"""Reads a document part by part and collects what is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from billing.terms import CASH_LOAN, PRODUCTS, Terms, TermsError, override_terms
from risk.policy import CONTRACT, Policy, PolicyError, overridden, preset
from risk.scenario_file.bills import known_bills
from risk.scenario_file.calendar import calendar_of, one_calendar
from risk.scenario_file.expected import LINE_STATE, STATE
from risk.scenario_file.kinds import AMOUNT, KINDS, NAME, REFERS
from risk.scenario_file.timeline import Expectation, Fact, Scenario
from risk.scenario_file.values import FIRST_DAY, Parser, date, shown

MOST_ERRORS: Final = 20
TOP: Final = ("name", "customer", "lines", "products", "policy", "holidays", "facts", "expect")


class Reader:
    """Reads a document part by part and collects what is wrong with it."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def refuse(self, where: str, reason: str) -> None:
        self.errors.append(f"{where}: {reason}" if where else reason)

    def shown(self) -> list[str]:
        more = len(self.errors) - MOST_ERRORS
        return self.errors[:MOST_ERRORS] + ([f"and {more} more"] if more > 0 else [])

    def parsed(self, where: str, parse: Parser, value: object) -> Any:
        try:
            return parse(value)
        except ValueError as error:
            self.refuse(where, str(error))
            return None

    def mapping(
        self,
        where: str,
        value: object,
        allowed: Sequence[str],
        needed: Sequence[str] = (),
        word: str = "key",
    ) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            self.refuse(where, f"{shown(value)} is no mapping")
            return {}
        for key in value:
            if key not in allowed:
                self.refuse(where, f"unknown {word} {key[:40]!r}")
        for key in needed:
            if value.get(key) is None:
                self.refuse(where, f"{key} is missing")
        return value

    def listed(self, where: str, value: object) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(where, f"{shown(value)} is no list")
            return []
        return value

    # The whole file

    def scenario(self, document: object, path: Path) -> Scenario | None:
        if document is None:
            self.refuse("", "is empty")
            return None
        top = self.mapping("", document, TOP, ("customer", "lines"))
        opened = self.opened(top.get("customer"))
        lines = self.lines(top.get("lines"))
        terms = self.terms(top.get("products"))
        self.parsed("products", one_calendar, terms)
        entries = self.listed("holidays", top.get("holidays"))
        weekend, holidays = self.parsed("holidays", calendar_of, entries) or ((), ())
        first_policy = self.policy("policy", preset(CONTRACT).policy, top.get("policy"))
        facts = self.facts(top.get("facts"), opened, lines)
        if not self.errors:  # else what a refused fact brings about would seem unknown
            self.check_ids(facts)
            self.check_bills(facts, terms)
        policies = self.policies(opened, first_policy, facts)
        expect = self.expectations(top.get("expect"), opened, lines)
        name = path.stem if top.get("name") is None else self.parsed("name", NAME, top["name"])
        if self.errors or opened is None:
            return None
        return Scenario(
            name=name,
            path=path,
            opened=opened,
            lines=lines,
            terms=terms,
            policies=policies,
            facts=tuple(facts),
            expect=tuple(expect),
            weekend=weekend,
            holidays=holidays,
        )

    def opened(self, customer: object) -> dt.date | None:
        if customer is None:
            return None
        found = self.mapping("customer", customer, ("opened",), ("opened",))
        if found.get("opened") is None:
            return None
        day: dt.date | None = self.parsed("customer: opened", date, found["opened"])
        return day

    def lines(self, value: object) -> dict[str, Decimal]:
        if value is None:
            return {}
        if value == {}:
            self.refuse("lines", "names no line")
        found = {}
        for line, limit in self.mapping("lines", value, PRODUCTS).items():
            if line in PRODUCTS:
                found[line] = self.parsed(f"lines: {line}", AMOUNT, limit)
        return found

    def terms(self, value: object) -> dict[str, Terms]:
        found = dict(preset(CONTRACT).terms)
        if value is None:
            return found
        for product, overrides in self.mapping("products", value, PRODUCTS).items():
            if product not in PRODUCTS or overrides is None:
                continue
            try:
                found[product] = override_terms(found[product], overrides, at=product)
            except TermsError as error:
                self.refuse_all("products", error)
        return found

    def refuse_all(self, where: str, error: TermsError) -> None:
        for path, reason in error.errors:
            self.refuse(where, f"{path} {reason}".strip())

    def policy(self, where: str, before: Policy, overrides: object) -> Policy:
        if overrides is None:
            return before
        try:
            return overridden(before, overrides)
        except PolicyError as error:
            self.refuse_all(where, error)
            return before

    def policies(
        self, opened: dt.date | None, first: Policy, facts: Sequence[Fact]
    ) -> tuple[tuple[dt.date, Policy], ...]:
        versions = [(opened or FIRST_DAY, first)]
        for fact in facts:
            if fact.kind == "policy":
                policy = self.policy(place(fact), versions[-1][1], fact.data["overrides"])
                versions.append((fact.value_on, policy))
        return tuple(versions)

    # Facts

    def facts(
        self, value: object, opened: dt.date | None, lines: Mapping[str, Decimal]
    ) -> list[Fact]:
        found = []
        for index, entry in enumerate(self.listed("facts", value), start=1):
            fact = self.fact(index, entry, opened)
            if fact is not None:
                self.check_lines(fact, lines)
                self.check_days(fact)
                found.append(fact)
        return sorted(found, key=lambda fact: fact.booking_order)

    def fact(self, index: int, entry: object, opened: dt.date | None) -> Fact | None:
        before = len(self.errors)
        where = f"fact {index}"
        allowed = ("date", "value_date", *KINDS)
        found = self.mapping(where, entry, allowed, ("date",), "kind or key")
        kinds = [key for key in found if key in KINDS]
        unknown = [key for key in found if key not in allowed]
        if len(kinds) != 1 and found and not unknown:
            self.refuse(where, f"names {len(kinds) or 'no'} kinds" if kinds else "names no kind")
        if len(kinds) == 1:
            where = f"{where} ({kinds[0]})"
        booked_on = value_on = None
        if found.get("date") is not None:
            booked_on = value_on = self.parsed(f"{where}: date", date, found["date"])
        if len(kinds) != 1:
            return None
        kind = kinds[0]
        if "value_date" in found:
            value_on = self.value_date(where, kind, found["value_date"], booked_on)
        if opened and value_on and value_on < opened:
            self.refuse(where, f"value date {value_on} is before the first day {opened}")
        data = self.data(where, kind, found[kind])
        if len(self.errors) > before or booked_on is None or value_on is None:
            return None
        return Fact(index, booked_on, value_on, kind, data)

    def value_date(
        self, where: str, kind: str, value: object, booked_on: dt.date | None
    ) -> dt.date | None:
        if not KINDS[kind].late:
            self.refuse(where, "must not have a value date")
            return booked_on
        day: dt.date | None = self.parsed(f"{where}: value_date", date, value)
        if day and booked_on and day > booked_on:
            self.refuse(where, f"value date {day} is after the booking date {booked_on}")
        return day

    def data(self, where: str, name: str, value: object) -> Mapping[str, Any]:
        if name == "policy":
            allowed = tuple(value) if isinstance(value, Mapping) else ()
            overrides = {} if value is None else self.mapping(where, value, allowed)
            return {"overrides": overrides}
        kind = KINDS[name]
        needed = [key for key in kind.keys if key not in kind.optional]
        found = self.mapping(where, value, tuple(kind.keys), needed)
        data = dict(kind.optional)
        for key, parse in kind.keys.items():
            if found.get(key) is not None:
                data[key] = self.parsed(f"{where}: {key}", parse, found[key])
        return data

    def check_lines(self, fact: Fact, lines: Mapping[str, Decimal]) -> None:
        line = fact.data.get("line")
        if line is None:
            return
        if line not in lines:
            self.refuse(place(fact), f"unknown line {line!r}")
        wanted = KINDS[fact.kind].product
        if wanted and line != wanted:
            self.refuse(place(fact), f"a {fact.kind} on {line}")

    def check_days(self, fact: Fact) -> None:
        if fact.kind == "bill" and fact.data["due"] < fact.value_on:
            self.refuse(place(fact), f"due {fact.data['due']} is before its date {fact.value_on}")
        if fact.kind in ("exempt", "hold") and (fact.data["until"] or dt.date.max) <= fact.value_on:
            self.refuse(
                place(fact), f"until {fact.data['until']} is not after its date {fact.value_on}"
            )
        if fact.kind == "hold":
            self.check_hold(fact)
        if fact.kind == "restrict":
            factor, effect = fact.data["factor"], fact.data["effect"]
            if effect == "reduce" and factor is None:
                self.refuse(place(fact), "reduce without a factor")
            if effect != "reduce" and factor is not None:
                self.refuse(place(fact), f"a factor does not belong to {effect}")

    def check_hold(self, fact: Fact) -> None:
        if not any(fact.data[held] for held in ("fees", "milestones", "interest")):
            self.refuse(place(fact), "holds nothing: neither fees, milestones nor interest")
        if fact.data["interest"] and fact.data["line"] != CASH_LOAN:
            self.refuse(place(fact), f"interest of {fact.data['line']}")
        if fact.data["bills"] == ():
            self.refuse(place(fact), "names no bill")

    def check_ids(self, facts: Sequence[Fact]) -> None:
        given = Counter[str]()
        kinds: dict[str, str] = {}
        for fact in sorted(facts, key=lambda fact: fact.index):
            if "id" in fact.data and fact.kind not in REFERS:
                name = fact.data["id"]
                given[name] += 1
                kinds.setdefault(name, fact.kind)
                if given[name] == 2:
                    self.refuse(place(fact), f"id {name!r} is used twice")
        for fact in facts:
            wanted = REFERS.get(fact.kind)
            if wanted and kinds.get(fact.data["id"]) != wanted:
                self.refuse(place(fact), f"{fact.data['id']!r} is no {wanted} of this file")
            plan = fact.data.get("plan")
            if plan is not None and kinds.get(plan) != "plan":
                self.refuse(place(fact), f"{plan!r} is no plan of this file")
            draw = fact.data.get("draw")
            if draw is not None and kinds.get(draw) != "draw":
                self.refuse(place(fact), f"{draw!r} is no draw of this file")

    def check_bills(self, facts: Sequence[Fact], terms: Mapping[str, Terms]) -> None:
        known = known_bills(facts, terms)
        for fact in facts:
            named = (fact.data["bill"],) if "bill" in fact.data else fact.data.get("bills") or ()
            for bill in named:
                if bill not in known:
                    self.refuse(place(fact), f"unknown bill {bill!r}")
                elif fact.kind in ("plan", "hold") and known[bill] != fact.data["line"]:
                    line = fact.data["line"]
                    self.refuse(place(fact), f"{bill!r} is a bill of {known[bill]}, not of {line}")

    # Expectations

    def expectations(
        self, value: object, opened: dt.date | None, lines: Mapping[str, Decimal]
    ) -> list[Expectation]:
        found = []
        for index, entry in enumerate(self.listed("expect", value), start=1):
            where = f"expectation {index}"
            keys = self.mapping(where, entry, ("at", *STATE), ("at",))
            read: Expectation = {}
            for key, content in keys.items():
                if key == "at" and content is not None:
                    read["at"] = self.parsed(f"{where}: at", date, content)
                elif key == "lines":
                    read["lines"] = self.expected_lines(f"{where}: lines", content, lines)
                elif key in STATE:
                    read[key] = self.parsed(f"{where}: {key}", STATE[key], content)
            if opened and read.get("at") and read["at"] < opened:
                self.refuse(where, f"{read['at']} is before the first day {opened}")
            found.append(read)
        return found

    def expected_lines(
        self, where: str, value: object, lines: Mapping[str, Decimal]
    ) -> dict[str, Expectation]:
        found = {}
        for line, content in self.mapping(where, value, tuple(lines)).items():
            keys = self.mapping(f"{where}: {line}", content, tuple(LINE_STATE))
            found[line] = {
                key: self.parsed(f"{where}: {line}: {key}", LINE_STATE[key], expected)
                for key, expected in keys.items()
                if key in LINE_STATE
            }
        return found


def place(fact: Fact) -> str:
    return f"fact {fact.index} ({fact.kind})"
