"""What to do today, in one sentence, and what comes of it."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.desk.formats import money, words_date
from appeals.portal.book import Due, Standing
from risk import limits
from risk.desk.page import LineCard
from risk.explain import Reason


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
    coming = next((due for due in standing.dues if due.of_plan), None)
    if coming is not None:
        return _next(coming)
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
    """When each restricted line is back at the earliest, if all that is overdue is paid."""
    found = []
    for card in standing.lines:
        mine = [r for r in standing.reasons if r.restriction.line_id == card.row["id"]]
        if mine:
            found.append(_return(standing.on, card, mine))
    return tuple(found)


def _return(on: datetime.date, card: LineCard, reasons: list[Reason]) -> str:
    figures = {"product": str(card.product).lower()}
    if card.free_on is not None:
        if card.free_on <= on:
            return _("Your %(product)s is back at once.") % figures
        return _("Your %(product)s is back on %(day)s.") % {
            **figures,
            "day": words_date(card.free_on),
        }
    stay = [r for r in reasons if r.earliest is None]
    figures["causes"] = _("; ").join(dict.fromkeys(r.title for r in stay))
    if any(r.suspends for r in stay):
        return _("Your %(product)s stays suspended even then: %(causes)s.") % figures
    share = min(r.restriction.factor for r in stay)
    limit = limits.reduced(card.row["assigned_limit"], share)
    figures["limit"] = money(limit)
    first = max((r.earliest for r in reasons if r.earliest), default=on)
    if first <= on:
        text = _("Your %(product)s is back at once, up to %(limit)s; still reduced: %(causes)s.")
        return text % figures
    text = _("Your %(product)s is back on %(day)s, up to %(limit)s; still reduced: %(causes)s.")
    return text % {**figures, "day": words_date(first)}


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
