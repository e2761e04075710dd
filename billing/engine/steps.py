"""The money steps of a day; each calls the .sql file of its name. Source: RULES, The day, Money."""

import calendar
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from billing.engine import sql
from billing.engine.holidays import moved_due_dates
from billing.engine.scope import Few, Scope
from billing.terms import CashLoanTerms, PayLaterTerms, Terms

_A_MONTH = datetime.timedelta(days=31)


@dataclass(frozen=True)
class Day:
    """A business day for a scope: the terms in force, and the date consequences are booked on."""

    on: datetime.date
    scope: Scope
    terms: Mapping[str, Terms]
    booked_on: datetime.date

    def run(self, name: str, **extra: object) -> sql.Counts:
        params = {"day": self.on, "booked_on": self.booked_on, **sql.terms_params(self.terms)}
        return sql.run("billing", name, self.scope, {**params, **extra})


def issue_bills(day: Day) -> sql.Counts:
    """Statements on the statement day, instalments when their lead days begin; credit first."""
    pay_later, cash_loan = day.terms["pay_later"], day.terms["cash_loan"]
    assert isinstance(pay_later, PayLaterTerms)
    assert isinstance(cash_loan, CashLoanTerms)
    bills = 0
    if day.on == in_month(day.on, pay_later.statement_day):
        due = next_due(day.on, pay_later.due_day)
        # a due day of a customer's own puts it off by a month at most
        moved = moved_due_dates(pay_later, on=day.on, first=due, last=due + _A_MONTH)
        month = f"{day.on:%Y-%m}"
        bills += day.run("issue_statements", month=month, due=due, **moved)["bills"]
    bills += _issue_instalments(day, cash_loan)
    if not bills:
        return {"bills": 0, "amount": 0}
    return day.run("open_bills", origins=["statement", "instalment"], facts=None)


def _issue_instalments(day: Day, terms: CashLoanTerms) -> int:
    """How many were billed. They are counted first: the planner cannot see from its figures that
    of so many instalments in the past none is left, and takes a few of today for thousands."""
    lead_days = terms.billing_lead_days
    counted = (
        {} if isinstance(day.scope, Few) else day.run("count_instalments", lead_days=lead_days)
    )
    if counted.get("bills") == 0:
        return 0
    last = day.on + datetime.timedelta(days=lead_days)
    moved = moved_due_dates(terms, on=day.on, first=day.on, last=last)
    issued = day.run(
        "issue_instalments", lead_days=lead_days, at_most=counted.get("bills"), **moved
    )
    if counted and issued["bills"] != counted["bills"]:
        raise ValueError(f"{counted['bills']} instalments counted, {issued['bills']} issued")
    return int(issued["bills"])


def take_holds(day: Day) -> sql.Counts:
    """Holds that begin, and those released, with this day."""
    return day.run("take_holds")


def break_plans(day: Day, *, grace_days: int) -> sql.Counts:
    """Plans that missed an instalment; the waivers that hang on them are taken back."""
    counts = day.run("break_plans", grace_days=grace_days)
    if counts["plans"]:
        day.run("return_waivers", replaced=False)
        day.run("follow_write_offs", facts=[])
    return counts


def mark_overdue(day: Day) -> sql.Counts:
    return day.run("mark_overdue")


def charge_fees(day: Day) -> sql.Counts:
    longest = max(terms.grace_days for terms in day.terms.values())
    return day.run("charge_fees", longest_grace=longest)


#: Facts that change what is owed of a bill; where it is off the books, the books follow.
_MOVES_DEBT = frozenset(("repay", "refund", "waive", "dispute", "plan", "end_plan", "settle"))


def book(day: Day, kind: str, facts: Sequence[int]) -> sql.Counts:
    """What facts of one kind, at most one a customer, do to the money on their value date."""
    ids = {"facts": list(facts)}
    counts = _book(day, kind, ids)
    if kind in _MOVES_DEBT:
        day.run("follow_write_offs", **ids)
    return counts


def book_write_offs(day: Day) -> sql.Counts:
    """The facts that the terms decide once the day is open: lines whose days past due have reached
    `write_off_dpd`. No step of an opening: a decision is taken once, no replay takes it again."""
    figures = {name: day.terms[name].write_off_dpd for name in ("pay_later", "cash_loan")}
    if not any(figures.values()):
        return {"lines": 0}
    return day.run("due_write_offs", **figures)


def _book(day: Day, kind: str, ids: Mapping[str, Sequence[int]]) -> sql.Counts:
    match kind:
        case "bill":
            day.run("issue_booked", **ids)
            return day.run("open_bills", origins=["booked"], **ids)
        case "purchase":
            return day.run("book_purchases", **ids)
        case "draw":
            terms = day.terms["cash_loan"]
            assert isinstance(terms, CashLoanTerms)
            return day.run("book_draws", interest_rate=terms.interest_daily_rate, **ids)
        case "settle":
            day.run("settle", **ids)
            return _then_complete(day, day.run("open_bills", origins=["settled"], **ids))
        case "repay":
            day.run("count_plans", **ids)
            return _then_complete(day, day.run("allocate", **ids))
        case "refund":
            day.run("count_plans", **ids)
            day.run("cut_refunds", **ids)
            return _then_complete(day, day.run("allocate", **ids))
        case "waive":
            return _then_complete(day, day.run("waive", **ids))
        case "dispute":
            counts = day.run("dispute", **ids)
            day.run("count_plans", **ids)
            return _then_complete(day, counts)
        case "resolve_dispute":
            day.run("resolve_disputes", **ids)
            return day.run("open_bills", origins=["disputed"], **ids)
        case "plan":
            counts = day.run("agree_plans", **ids)
            day.run("return_waivers", replaced=True)
            return counts
        case "end_plan":
            counts = day.run("end_plans", **ids)
            day.run("return_waivers", replaced=True)
            return counts
        case "limit":
            return day.run("set_limits", **ids)
        case "payout":
            return day.run("pay_out", **ids)
        case "write_off":
            return day.run("write_off", **ids)
        case "hold" | "release_hold" | "due_day":
            return {"rows": 0}  # an opening looks at them: take_holds, issue_statements
    raise ValueError(f"no such kind of fact: {kind}")


def _then_complete(day: Day, counts: sql.Counts) -> sql.Counts:
    day.run("complete_plans")
    return counts


def in_month(month: datetime.date, day: int) -> datetime.date:
    """That day of the month, or the month's last where it has no such day."""
    return month.replace(day=min(day, calendar.monthrange(month.year, month.month)[1]))


def next_due(after: datetime.date, day: int) -> datetime.date:
    """The next due day strictly after a date."""
    this = in_month(after, day)
    if this > after:
        return this
    return in_month(after.replace(day=1) + datetime.timedelta(days=32), day)
