"""Runs a scenario file through the engine of the book, and leaves nothing behind.

The timeline's customer is opened in the book's own tables, under names that cannot meet a real
one, inside a transaction that is rolled back; its rules and its calendar are the file's.
"""

import datetime
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from accounts import operations as accounts_operations
from accounts.models import Customer
from billing import operations as money
from billing.engine.scope import Few
from billing.models import BankCalendar, CreditLine, Fact, Holiday
from billing.terms import Terms
from risk import assessment, operations, status
from risk.engine import day as days
from risk.engine.replay import dates
from risk.engine.steps import Day
from risk.models import Decision
from risk.rules import Rulebook
from risk.scenario_file import Fact as FileFact
from risk.scenario_file import Scenario, known_bills

State = dict[str, Any]


@dataclass
class ScenarioBook:
    """The scenario's own rules; every day up to `today` is open."""

    rulebook: Rulebook
    today: datetime.date | None = None

    def opened_through(self, customer_id: int) -> datetime.date | None:
        return self.today

    def opened_ahead(self, customer_id: int, through: datetime.date) -> None:
        raise AssertionError("a scenario opens its days before their facts")

    def tell(self, customer_id: int, on: datetime.date) -> None:
        """A scenario leaves nothing behind, so that nobody is told of it."""

    def assessed(self, customer_id: int) -> None:
        """Nobody works on a scenario."""

    def replayed(self, customer_id: int, since: datetime.date, through: datetime.date) -> None:
        """Nor on what its late facts bring."""


@dataclass
class Timeline:
    """One scenario under way."""

    scenario: Scenario
    book: ScenarioBook
    customer: Customer
    lines: Mapping[str, CreditLine]
    token: str
    bills: Mapping[str, str] = field(default_factory=dict)

    def open(self, on: datetime.date) -> None:
        day = Day(rules=self.book.rulebook.on(on), scope=Few((self.customer.pk,)), booked_on=on)
        days.take_day(day)
        self.book.today = on

    def book_fact(self, fact: FileFact) -> None:
        dated = {"on": fact.booked_on, "value_on": fact.value_on}
        _BOOK[fact.kind](self, dict(fact.data), dated)

    def name(self, number: str) -> str:
        """A file's name as it stands in the book: a bill of a statement begins with its line's."""
        return f"{self.token}{number}"

    def plain(self, number: str) -> str:
        return number.replace(self.token, "")

    def line_of(self, bill: str) -> CreditLine:
        return self.lines[self.bills[bill]]


def run(scenario: Scenario) -> State:
    """The scenario's states at the dates of its expectations, as `--json` prints them."""
    ats = {expected["at"] for expected in scenario.expect}
    states: dict[datetime.date, State] = {}

    def note(timeline: Timeline, on: datetime.date) -> None:
        if on in ats:
            states[on] = state(timeline, on)

    play(scenario, max(ats, default=scenario.opened), note)
    return {
        "name": scenario.name,
        "states": [states[expected["at"]] for expected in scenario.expect],
    }


def play(
    scenario: Scenario,
    through: datetime.date,
    at_the_end_of: Callable[[Timeline, datetime.date], None],
) -> None:
    """Open each day and book its facts, up to `through`; then all of it is rolled back."""
    facts = sorted(scenario.facts, key=lambda fact: (fact.booked_on, fact.index))
    with transaction.atomic():
        timeline = _begin(scenario)
        with assessment.using(timeline.book):
            for on in dates(scenario.opened, through):
                timeline.open(on)
                while facts and facts[0].booked_on <= on:
                    timeline.book_fact(facts.pop(0))
                at_the_end_of(timeline, on)
        transaction.set_rollback(True)


def _begin(scenario: Scenario) -> Timeline:
    token = f"~{secrets.token_hex(6)}:"
    customer = accounts_operations.open_customer(
        number=token, name=scenario.name[:100], opened_on=scenario.opened
    )
    lines = {
        product: money.open_line(
            customer=customer,
            product=product,
            limit=limit,
            on=scenario.opened,
            number=f"{token}{product}",
        )
        for product, limit in scenario.lines.items()
    }
    rulebook = Rulebook(
        policies=[(first, policy, None) for first, policy in scenario.policies],
        terms=[(scenario.opened, _with_calendar(scenario, token))],
    )
    return Timeline(
        scenario=scenario,
        book=ScenarioBook(rulebook),
        customer=customer,
        lines=lines,
        token=token,
        bills=known_bills(scenario.facts, scenario.terms),
    )


def _with_calendar(scenario: Scenario, token: str) -> Mapping[str, Terms]:
    """The file's terms by the file's calendar, which stands in the book under the token."""
    if all(terms.calendar is None for terms in scenario.terms.values()):
        return scenario.terms
    calendar = BankCalendar.objects.create(code=token, name=token, weekend=list(scenario.weekend))
    Holiday.objects.bulk_create(
        Holiday(calendar=calendar, on=row.on, announced_on=row.announced, worked=row.worked)
        for row in scenario.holidays
    )
    return {
        product: terms if terms.calendar is None else terms.model_copy(update={"calendar": token})
        for product, terms in scenario.terms.items()
    }


# -- facts -------------------------------------------------------------------------------

Dated = dict[str, Any]


def _bill(t: Timeline, d: Dated, dated: Dated) -> None:
    money.book_bill(
        line=t.lines[d["line"]],
        number=t.name(d["id"]),
        principal=d["principal"],
        interest=d["interest"],
        due_on=d["due"],
        **dated,
    )


def _purchase(t: Timeline, d: Dated, dated: Dated) -> None:
    money.book_purchase(
        line=t.lines[d["line"]], number=t.name(d["id"]), amount=d["amount"], **dated
    )


def _draw(t: Timeline, d: Dated, dated: Dated) -> None:
    money.book_draw(
        line=t.lines[d["line"]],
        number=t.name(d["id"]),
        amount=d["amount"],
        instalments=d["instalments"],
        **dated,
    )


def _repay(t: Timeline, d: Dated, dated: Dated) -> None:
    money.book_repayment(
        line=t.lines[d["line"]], number=t.name(d["id"]), amount=d["amount"], **dated
    )


def _reverse(t: Timeline, d: Dated, dated: Dated) -> None:
    repayment = Fact.objects.filter(kind="repay", number=t.name(d["id"])).first()
    if repayment and not Fact.objects.filter(reverses=repayment).exists():
        money.reverse_repayment(repayment=repayment, on=dated["on"])


def _refund(t: Timeline, d: Dated, dated: Dated) -> None:
    money.book_refund(
        line=t.line_of(d["bill"]), bill_number=t.name(d["bill"]), amount=d["amount"], **dated
    )


def _dispute(t: Timeline, d: Dated, dated: Dated) -> None:
    money.file_dispute(
        line=t.line_of(d["bill"]), bill_number=t.name(d["bill"]), amount=d["amount"], **dated
    )


def _resolve(t: Timeline, d: Dated, dated: Dated) -> None:
    money.decide_dispute(
        line=t.line_of(d["bill"]),
        bill_number=t.name(d["bill"]),
        outcome=d["outcome"],
        on=dated["on"],
    )


def _waive(t: Timeline, d: Dated, dated: Dated) -> None:
    money.waive_fees(
        line=t.line_of(d["bill"]),
        bill_number=t.name(d["bill"]),
        amount=d["amount"],
        plan_number=t.name(d["plan"]) if d["plan"] else None,
        **dated,
    )


def _plan(t: Timeline, d: Dated, dated: Dated) -> None:
    money.agree_plan(
        line=t.lines[d["line"]],
        number=t.name(d["id"]),
        bill_numbers=[t.name(bill) for bill in d["bills"]],
        instalments=[(part.due, part.amount) for part in d["instalments"]],
        **dated,
    )


def _end_plan(t: Timeline, d: Dated, dated: Dated) -> None:
    number = t.name(d["id"])
    if not Fact.objects.filter(kind="end_plan", number=number).exists():
        money.end_plan(line=t.lines[d["line"]], number=number, **dated)


def _hold(t: Timeline, d: Dated, dated: Dated) -> None:
    bills = d["bills"]
    money.place_hold(
        line=t.lines[d["line"]],
        number=t.name(d["id"]),
        bill_numbers=None if bills is None else [t.name(bill) for bill in bills],
        fees=d["fees"],
        milestones=d["milestones"],
        interest=d["interest"],
        until_on=d["until"],
        **dated,
    )


def _release_hold(t: Timeline, d: Dated, dated: Dated) -> None:
    number = t.name(d["id"])
    hold = Fact.objects.filter(kind="hold", number=number).first()
    released = Fact.objects.filter(kind="release_hold", number=number).exists()
    if hold and not released and dated["value_on"] >= hold.value_on:
        money.release_hold(line=hold.line, number=number, **dated)


def _due_day(t: Timeline, d: Dated, dated: Dated) -> None:
    """The engine takes it as it is: who may change it when is for the operation to say."""
    money.book_due_day(line=t.lines[d["line"]], day=d["day"], **dated)


def _payout(t: Timeline, d: Dated, dated: Dated) -> None:
    money.book_payout(line=t.lines[d["line"]], number=t.name(d["id"]), amount=d["amount"], **dated)


def _write_off(t: Timeline, d: Dated, dated: Dated) -> None:
    money.book_write_off(line=t.lines[d["line"]], **dated)


def _settle(t: Timeline, d: Dated, dated: Dated) -> None:
    money.book_settlement(
        line=t.lines[d["line"]],
        number=t.name(d["id"]),
        draw_number=t.name(d["draw"]),
        amount=d["amount"],
        **dated,
    )


def _limit(t: Timeline, d: Dated, dated: Dated) -> None:
    money.change_limit(line=t.lines[d["line"]], amount=d["amount"], **dated)


def _exempt(t: Timeline, d: Dated, dated: Dated) -> None:
    code = d["code"]
    if code.startswith("manual:"):
        code = "manual:" + t.name(code.removeprefix("manual:"))
    operations.exempt(line=t.lines[d["line"]], code=code, until_on=d["until"], **dated)


def _forgive(t: Timeline, d: Dated, dated: Dated) -> None:
    operations.forgive_episode(customer=t.customer, bill_number=t.name(d["bill"]), **dated)


def _income(t: Timeline, d: Dated, dated: Dated) -> None:
    operations.verify_income(customer=t.customer, number=t.name(d["id"]), **dated)


def _restrict(t: Timeline, d: Dated, dated: Dated) -> None:
    operations.restrict_line(
        line=t.lines[d["line"]],
        number=t.name(d["id"]),
        effect=d["effect"],
        factor=d["factor"],
        **dated,
    )


def _lift(t: Timeline, d: Dated, dated: Dated) -> None:
    number = t.name(d["id"])
    if not Decision.objects.filter(kind="lift", number=number).exists():
        operations.lift_restriction(customer=t.customer, number=number, **dated)


def _close_alert(t: Timeline, d: Dated, dated: Dated) -> None:
    operations.close_alert(customer=t.customer, code=d["code"], **dated)


def _policy(t: Timeline, d: Dated, dated: Dated) -> None:
    """A policy is known ahead: the rulebook has it from the start."""


_BOOK: Mapping[str, Callable[[Timeline, Dated, Dated], None]] = {
    "bill": _bill,
    "purchase": _purchase,
    "draw": _draw,
    "repay": _repay,
    "reverse": _reverse,
    "refund": _refund,
    "dispute": _dispute,
    "resolve_dispute": _resolve,
    "waive": _waive,
    "plan": _plan,
    "end_plan": _end_plan,
    "hold": _hold,
    "release_hold": _release_hold,
    "due_day": _due_day,
    "settle": _settle,
    "limit": _limit,
    "payout": _payout,
    "write_off": _write_off,
    "exempt": _exempt,
    "forgive": _forgive,
    "income": _income,
    "restrict": _restrict,
    "lift": _lift,
    "close_alert": _close_alert,
    "policy": _policy,
}


# -- states ------------------------------------------------------------------------------


def state(t: Timeline, on: datetime.date) -> State:
    """The state at the end of a day, as the contract words it."""
    rows = status.lines(t.customer.pk, on)
    return {
        "at": on.isoformat(),
        "score": status.score(t.customer.pk),
        "lines": {
            row["product"]: {
                "status": row["status"],
                "effective_limit": f"{row['effective_limit']:.2f}",
                "available": f"{row['available']:.2f}",
                "outstanding": f"{row['outstanding']:.2f}",
                "credit_balance": f"{row['credit']:.2f}",
                "dpd": row["dpd"],
                "severity": row["severity"],
            }
            for row in rows
        },
        **_rows(t),
    }


def _rows(t: Timeline) -> State:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select b.number, sum(e.amount)::text
            from billing_entry e join billing_bill b on b.id = e.bill_id
            where e.customer_id = %s and e.kind = 'fee'
            group by b.number having sum(e.amount) <> 0
            """,
            [t.customer.pk],
        )
        fees = {t.plain(number): amount for number, amount in cursor.fetchall()}
        cursor.execute(
            """
            select distinct r.code || '@' || l.product
            from risk_restriction r join billing_creditline l on l.id = r.line_id
            where r.customer_id = %s and r.until_on is null and r.reversed_on is null
            """,
            [t.customer.pk],
        )
        restrictions = sorted(t.plain(code) for (code,) in cursor.fetchall())
        cursor.execute(
            "select code from risk_alert "
            "where customer_id = %s and closed_on is null and reversed_on is null",
            [t.customer.pk],
        )
        alerts = sorted(code for (code,) in cursor.fetchall())
        cursor.execute(
            """
            select p."on", p.cause, p.threshold, p.points
            from risk_point p
            where p.customer_id = %s and p.reverses_id is null
              and not exists (select from risk_point r where r.reverses_id = p.id)
            """,
            [t.customer.pk],
        )
        events = sorted(
            f"{on} {cause}{f'/{threshold}' if threshold else ''} {points:+d}"
            for on, cause, threshold, points in cursor.fetchall()
        )
    return {
        "fees": dict(sorted(fees.items())),
        "restrictions": restrictions,
        "alerts": alerts,
        "events": events,
    }
