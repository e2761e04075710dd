"""The policy and the terms of a day in plain words: what a customer may expect, figure by figure.

Every figure comes from the documents in force; a sentence that has none of them is left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.desk.formats import money, percent, signed
from billing.choices import Product
from billing.terms import FOLLOWING, PRECEDING, PayLaterTerms, Terms
from risk import policy as policies
from risk.policy import Policy, Rule


@dataclass(frozen=True)
class ProductRules:
    name: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class LimitRule:
    """One restriction rule as a row: when, which line, what it does, when it is back."""

    code: str
    when: str
    line: str
    effect: str
    back: str


@dataclass(frozen=True)
class PointRule:
    what: str
    points: str
    lasts: str
    good: bool


@dataclass(frozen=True)
class Book:
    products: tuple[ProductRules, ...]
    limits: tuple[LimitRule, ...]
    points: tuple[PointRule, ...]
    start: str


def read(policy: Policy, terms: Mapping[str, Terms]) -> Book:
    return Book(
        products=tuple(
            ProductRules(str(Product(code).label), tuple(_product(rules)))
            for code, rules in terms.items()
        ),
        limits=tuple(_limit(policy, rule) for rule in policy.restrictions),
        points=tuple(_points(policy)),
        start=_(
            "Everybody starts with %(initial)s points. The score is never below %(floor)s and "
            "never above %(ceiling)s."
        )
        % {
            "initial": policy.score.initial,
            "floor": policy.score.floor,
            "ceiling": policy.score.ceiling,
        },
    )


# -- bills and fees ----------------------------------------------------------------------


def _product(terms: Terms) -> Iterator[str]:
    if isinstance(terms, PayLaterTerms):
        yield _(
            "What you buy is billed once a month, on day %(statement)s, and due on the next "
            "day %(due)s of a month."
        ) % {"statement": terms.statement_day, "due": terms.due_day}
    else:
        yield _(
            "A loan is repaid in monthly instalments. Each is billed %(days)s days before it is "
            "due. Interest is %(rate)s of what is left of the loan, each day."
        ) % {"days": terms.billing_lead_days, "rate": percent(terms.interest_daily_rate)}
    if terms.due_on_holiday == FOLLOWING:
        yield _("Where that day is no banking day, the bill is due on the next banking day.")
    elif terms.due_on_holiday == PRECEDING:
        yield _(
            "Where that day is no banking day, the bill is due on the banking day before; the bill "
            "says which."
        )
    if terms.grace_days:
        yield ngettext(
            "You have %(days)s day of grace: paid within it, a bill counts as paid on time.",
            "You have %(days)s days of grace: paid within them, a bill never becomes overdue.",
            terms.grace_days,
        ) % {"days": terms.grace_days}
    else:
        yield _("There are no days of grace: a bill is overdue on the day after its due date.")
    if terms.tolerance:
        yield _("A rest of up to %(amount)s does not count as overdue.") % {
            "amount": money(terms.tolerance)
        }
    yield _(
        "While a bill is overdue, a late fee of %(rate)s of what is unpaid of it is added each "
        "day; all fees of a bill together are never more than %(cap)s of the bill."
    ) % {"rate": percent(terms.late_fee_daily_rate), "cap": percent(terms.late_fee_cap_rate)}
    if terms.grace_days and terms.late_fee_daily_rate:
        yield _("A bill that stays unpaid beyond the days of grace is charged for them as well.")
    if terms.write_off_dpd:
        yield _(
            "When a bill is %(days)s days late, we write off in our books what is owed of the "
            "line's bills. You owe it as before; no late fees are added to it any more."
        ) % {"days": terms.write_off_dpd}


# -- limits ------------------------------------------------------------------------------


def _limit(policy: Policy, rule: Rule) -> LimitRule:
    line = _("The line itself, each of them") if rule.target == "any" else ""
    if rule.target == "any" and rule.trigger in (policies.LINKED_GENERAL, policies.LINKED_SEVERE):
        line = _("The other line")
    elif rule.target == "any" and rule.trigger != policies.OWN_OVERDUE:
        line = _("Every line")
    return LimitRule(
        code=rule.code,
        when=_when(policy, rule),
        line=line or str(Product(rule.target).label),
        effect=_("Nothing can be used")
        if rule.effect == "suspend"
        else _("%(share)s of the limit can be used")
        % {"share": percent(rule.factor or Decimal(0))},
        back=_back(rule),
    )


def _when(policy: Policy, rule: Rule) -> str:
    if rule.trigger == policies.OWN_OVERDUE:
        return _("A bill of a line is overdue")
    if rule.trigger == policies.LINKED_GENERAL:
        return _("A bill of one line is overdue")
    if rule.trigger == policies.LINKED_SEVERE:
        return _("One line is seriously overdue: %(serious)s") % {
            "serious": _(" or ").join(_serious(policy))
        }
    if rule.trigger == policies.SCORE_BELOW:
        return _("The score is below %(score)s") % {"score": rule.score}
    if rule.trigger == policies.PLAN_BROKEN:
        return _("A repayment plan was broken: an instalment missed by more than %(days)s days") % {
            "days": policy.plan_grace_days
        }
    drop = policy.alerts.sharp_drop
    if drop is None:
        return _("An alert (none is raised at present)")
    return _("The score lost %(points)s points or more within %(days)s days") % {
        "points": drop.points_lost,
        "days": drop.window_days,
    }


def _serious(policy: Policy) -> Iterator[str]:
    rule = policy.severity
    if rule.severe_dpd is not None:
        yield _("%(days)s days past due") % {"days": rule.severe_dpd}
    if rule.severe_episodes is not None:
        yield _("overdue %(times)s times within a year") % {"times": rule.severe_episodes}
    if rule.severe_amount is not None:
        yield _("%(amount)s or more overdue") % {"amount": money(rule.severe_amount)}


def _back(rule: Rule) -> str:
    if rule.trigger == policies.SCORE_BELOW:
        return _("At once when the score is there again")
    if rule.trigger == policies.ALERT:
        return _("When that is no longer so, or at once after a review by our staff")
    if rule.trigger == policies.PLAN_BROKEN:
        return _("%(days)s days after the plan was broken") % {"days": rule.hold_days}
    if rule.hold_days:
        return _("%(days)s days after everything overdue is paid") % {"days": rule.hold_days}
    return _("At once when everything overdue is paid")


# -- points ------------------------------------------------------------------------------


def _points(policy: Policy) -> Iterator[PointRule]:
    rules = policy.score
    adverse = (
        _("for good")
        if rules.adverse_lasts_days is None
        else _("until %(days)s days after it is paid") % {"days": rules.adverse_lasts_days}
    )
    for late in rules.past_due:
        text = ngettext(
            "A line is %(days)s day past due", "A line is %(days)s days past due", late.dpd
        )
        yield _point(text % {"days": late.dpd}, late.points, adverse)
    for repeat in rules.repeat:
        text = _("Overdue %(times)s times within a year (in addition)")
        yield _point(text % {"times": repeat.episodes}, repeat.points, adverse)
    yield from _cured(policy)
    for clean in rules.clean:
        text = _("%(days)s days without anything overdue, counted from the last payment")
        yield _point(text % {"days": clean.days}, clean.points, _lasts(clean.lasts_days))
    yield _point(
        _("A bill is paid in full by its due date"),
        rules.paid_on_time.points,
        _lasts(rules.paid_on_time.lasts_days),
    )
    full = rules.high_utilisation
    text = _("A line is used to %(share)s of its limit or more, the day after a bill")
    yield _point(text % {"share": percent(full.ratio)}, full.points, _lasts(full.lasts_days))
    for what, rule in (
        (_("Each year as a customer"), rules.tenure),
        (_("Our staff verified your income"), rules.income_verified),
        (_("A repayment plan was kept to its end"), rules.plan_kept),
        (_("A repayment plan was broken"), rules.plan_broken),
    ):
        yield _point(what, rule.points, _lasts(rule.lasts_days))


def _cured(policy: Policy) -> Iterator[PointRule]:
    rule = policy.score.cured
    lasts = _lasts(rule.lasts_days)
    if rule.general:
        yield _point(_("Everything overdue on a line is paid"), rule.general, lasts)
    if rule.severe:
        text = _("Everything overdue on a seriously overdue line is paid")
        yield _point(text, rule.severe, lasts)


def _point(what: str, points: int, lasts: str) -> PointRule:
    return PointRule(what, signed(points), lasts, points > 0)


def _lasts(days: int | None) -> str:
    return _("for good") if days is None else _("for %(days)s days") % {"days": days}
