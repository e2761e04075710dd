"""What a customer may ask of the days to come, as the page and the API ask it."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from django.utils.translation import gettext as _

from accounts.access.rates import Rate
from billing.terms import amount as exact_amount
from risk import forecast as engine
from risk.explain.record import Record
from risk.forecast.words import headline
from risk.scenario_file import day_in_month

#: A forecast opens up to a year of days: often enough to try things out, no more.
RATE = Rate("forecast", 60, 600)
LENGTHS = (90, 365)
MOST_PARTS = 24


class NotAsked(Exception):
    """The question does not hold; `field` and the message say where and why."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


@dataclass(frozen=True)
class Answer:
    """A question and what would come of it."""

    choice: engine.Choice
    forecast: engine.Forecast
    headline: list[str]
    told: list[engine.Told]
    drawing: engine.Drawing


def answer(customer_id: int, choice: engine.Choice, days: int) -> Answer:
    """Run the days to come; raises engine.NoBook, and rates.TooOften."""
    RATE.count(str(customer_id))
    found = engine.forecast(
        customer_id, steps=choice.steps, days=days, bills_on_time=choice.bills_on_time
    )
    return Answer(choice, found, headline(found), engine.tell(found), engine.draw(found))


def choice_of(record: Record, asked: Mapping[str, str]) -> engine.Choice:
    """The question behind the parameters `choice`, `line`, `amount`, `on`, `parts`.

    Raises NotAsked for one that does not hold.
    """
    usual = {choice.code: choice for choice in engine.usual(record)}
    code = asked.get("choice") or next(iter(["overdue"] if "overdue" in usual else ["on_time"]))
    if code == "own":
        return _own(record, asked)
    if code == "plan":
        return _plan(record, asked)
    if code not in usual:
        raise NotAsked("choice", _("Choose one of the questions."))
    return usual[code]


def _own(record: Record, asked: Mapping[str, str]) -> engine.Choice:
    product = _product(record, asked)
    try:
        amount = exact_amount(asked.get("amount", "").strip().replace(",", ""))
    except ValueError as error:
        raise NotAsked("amount", _("Enter an amount such as 250 or 1005.50.")) from error
    if amount <= 0:
        raise NotAsked("amount", _("Enter an amount above 0."))
    on = _day(record, asked.get("on", ""))
    step = engine.Repay(product, amount, on)
    return engine.Choice("own", _("I pay this"), (step,), True, (step,))


def _plan(record: Record, asked: Mapping[str, str]) -> engine.Choice:
    """Equal monthly parts over what a line's bills owe today, the last takes the remainder."""
    product = _product(record, asked)
    text = asked.get("parts", "")
    parts = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    if not 2 <= parts <= MOST_PARTS:
        raise NotAsked("parts", _("Choose 2 to %(most)s instalments.") % {"most": MOST_PARTS})
    owed = [row for row in record.owed if row.line.product == product]
    total = sum((row.principal + row.interest + row.fee for row in owed), Decimal("0.00"))
    if total <= 0:
        raise NotAsked("line", _("Nothing of this line is billed and unpaid."))
    each = (total / parts).quantize(Decimal("0.01"), ROUND_DOWN)
    amounts = [each] * (parts - 1) + [total - each * (parts - 1)]
    due = [_months_on(record.on, n) for n in range(1, parts + 1)]
    step = engine.PlanFrom(
        product,
        tuple(row.bill.number for row in owed),
        tuple(zip(due, amounts, strict=True)),
        record.on,
    )
    label = _("I agree on a plan of %(parts)s monthly instalments") % {"parts": parts}
    return engine.Choice("plan", label, (step,))


def _months_on(day: datetime.date, months: int) -> datetime.date:
    month = day.month - 1 + months
    return day_in_month(day.year + month // 12, month % 12 + 1, day.day)


def _product(record: Record, asked: Mapping[str, str]) -> str:
    known = {str(row["product"]) for row in record.lines.values()}
    product = asked.get("line", "")
    if product not in known:
        raise NotAsked("line", _("Choose one of your lines."))
    return product


def _day(record: Record, text: str) -> datetime.date:
    if not text:
        return record.on
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError as error:
        raise NotAsked("on", _("Enter a day such as 2026-05-19.")) from error
    if not record.on <= day <= record.on + datetime.timedelta(days=engine.MOST_DAYS):
        raise NotAsked("on", _("Choose a day from today on, within a year."))
    return day


def length_of(text: str) -> int:
    """90 days, or a year on request."""
    return 365 if text == "365" else LENGTHS[0]
