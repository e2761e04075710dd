"""The dated steps of a forecast in words: what to pay, what comes back when, the score."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.desk.formats import money, signed, words_date
from billing.choices import PlanStatus, Product
from risk.choices import Status
from risk.forecast.days import DayState, Forecast, LineState, changes
from risk.forecast.steps import PlanFrom, Repay


@dataclass(frozen=True)
class Told:
    """One step of a day; `tone`: "" is what the customer does, good or bad what follows."""

    on: datetime.date
    words: str
    tone: str = ""


def tell(forecast: Forecast) -> list[Told]:
    """What happens, day by day, in the order in which it does; the score at the end."""
    done = [_done(step) for step in forecast.steps if not _keeps(forecast, step)]
    followed = [
        told for before, day in changes(forecast.days, forecast.now) for told in _day(before, day)
    ]
    last = forecast.last
    steps = sorted((*done, *followed), key=lambda told: told.on)
    if last.score is None:
        return steps
    text = _("The credit score is %(score)s then.") % {"score": last.score}
    return [*steps, Told(last.on, text)]


def headline(forecast: Forecast) -> list[str]:
    """When each line that is restricted now is free again: the first thing to know."""
    found = []
    for line in forecast.now.lines:
        if not forecast.now.restricted(line.product):
            continue
        free = forecast.free_on(line.product)
        name = Product(line.product).label
        if free is None:
            found.append(_("%(line)s: stays restricted in these days.") % {"line": name})
        elif free <= forecast.days[0].on:
            found.append(_("%(line)s: back at once.") % {"line": name})
        else:
            text = _("%(line)s: back on %(day)s.")
            found.append(text % {"line": name, "day": words_date(free)})
    return found


def _keeps(forecast: Forecast, step: object) -> bool:
    """Whether a repayment is an instalment of a plan that the forecast supposes."""
    plans = [plan for plan in forecast.steps if isinstance(plan, PlanFrom)]
    return isinstance(step, Repay) and any(step in plan.repayments() for plan in plans)


def _done(step: Repay | PlanFrom) -> Told:
    name = Product(step.product).label
    if isinstance(step, Repay):
        text = _("You pay %(amount)s to: %(line)s.")
        return Told(step.on, text % {"amount": money(step.amount), "line": name})
    text = _("You agree on a plan of %(n)s instalments for: %(line)s.")
    return Told(step.on, text % {"n": len(step.instalments), "line": name})


def _day(before: DayState, day: DayState) -> Iterator[Told]:
    for line in day.lines:
        yield from _line(before.line(line.product), line, day)
    for number, status in day.plans:
        was = dict(before.plans).get(number)
        if was not in (None, status) and status == PlanStatus.BROKEN:
            yield Told(day.on, _("The repayment plan is broken: an instalment is missing."), "bad")
        elif was not in (None, status) and status == PlanStatus.COMPLETED:
            yield Told(day.on, _("The repayment plan is completed."), "good")
    if before.score is not None and day.score is not None and before.score != day.score:
        text = _("The credit score moves by %(points)s to %(score)s.")
        figures = {"points": signed(day.score - before.score), "score": day.score}
        yield Told(day.on, text % figures, "good" if day.score > before.score else "bad")


def _line(before: LineState, line: LineState, day: DayState) -> Iterator[Told]:
    name = Product(line.product).label
    if line.dpd > 0 and before.dpd == 0:
        yield Told(day.on, _("%(line)s: overdue.") % {"line": name}, "bad")
    elif line.dpd == 0 and before.dpd > 0:
        yield Told(day.on, _("%(line)s: no longer overdue.") % {"line": name}, "good")
    if line.written_off > before.written_off:
        text = _("%(line)s: %(amount)s that is unpaid is written off as a loss; you still owe it.")
        lost = money(line.written_off - before.written_off)
        yield Told(day.on, text % {"line": name, "amount": lost}, "bad")
    if (before.status, before.effective_limit) == (line.status, line.effective_limit):
        return
    figures = {"line": name, "amount": money(line.effective_limit)}
    if line.status == Status.ACTIVE:
        text = _("%(line)s: the full limit of %(amount)s is back.")
        yield Told(day.on, text % figures, "good")
    elif line.status == Status.SUSPENDED:
        yield Told(day.on, _("%(line)s: suspended.") % figures, "bad")
    elif line.effective_limit > before.effective_limit:
        text = _("%(line)s: the limit is back at %(amount)s, still reduced.")
        yield Told(day.on, text % figures, "good")
    else:
        text = _("%(line)s: the limit is reduced to %(amount)s.")
        yield Told(day.on, text % figures, "bad")
