"""What to do today, in one sentence, and what comes of it."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.desk.formats import money, words_date
from appeals.portal.book import Due, Standing


@dataclass(frozen=True)
class Advice:
    """`what` comes first on the page; `then` is what follows from it. `pay` is a line to pay."""

    what: str
    then: tuple[str, ...]
    tone: str
    line_id: int | None = None
    amount: Decimal | None = None


def advice(standing: Standing) -> Advice:
    behind = standing.to_cure()
    if behind:
        return _pay(standing, behind)
    late = next((due for due in standing.dues if due.days and due.of_plan), None)
    if late is not None:
        return _instalment(late)
    if standing.reasons:
        return Advice(_("Nothing is overdue. Time does the rest."), _returns(standing), "warn")
    if standing.dues:
        return _next(standing.dues[0])
    return Advice(_("Nothing to pay, and nothing restricts your credit."), (), "good")


def _pay(standing: Standing, behind: list[tuple[int, str, Decimal]]) -> Advice:
    line_id, product, amount = behind[0]
    if len(behind) == 1:
        what = _("Pay %(amount)s to your %(product)s today.") % {
            "amount": money(amount),
            "product": product.lower(),
        }
    else:
        parts = [
            _("%(amount)s to your %(product)s") % {"amount": money(a), "product": p.lower()}
            for _line, p, a in behind
        ]
        what = _("Pay %(parts)s today.") % {"parts": _(" and ").join(parts)}
    return Advice(what, _returns(standing), "bad", line_id, amount)


def _returns(standing: Standing) -> tuple[str, ...]:
    """When each line is back. A cause without a date is said to have none."""
    return tuple(_return(standing.on, name, day) for name, day in standing.returns())


def _return(on: datetime.date, name: str, day: datetime.date | None) -> str:
    if day is None:
        return _("Your %(product)s: no date can be named yet; the reasons are below.") % {
            "product": name
        }
    if day <= on:
        return _("Your %(product)s is back at once.") % {"product": name}
    return _("Your %(product)s is back on %(day)s.") % {"product": name, "day": words_date(day)}


def _instalment(due: Due) -> Advice:
    what = _("Pay %(amount)s today: the instalment of your repayment plan was due on %(day)s.")
    figures = {"amount": money(due.amount), "day": words_date(due.on)}
    return Advice(what % figures, (_("So the plan is kept."),), "warn", due.line_id, due.amount)


def _next(due: Due) -> Advice:
    figures = {"amount": money(due.amount), "day": words_date(due.on)}
    if due.of_plan:
        what = _("Nothing to do today. Your next instalment is %(amount)s, due on %(day)s.")
    else:
        what = _("Nothing to do today. Your next bill is %(amount)s, due on %(day)s.")
    return Advice(what % figures, (), "good", due.line_id, due.amount)
