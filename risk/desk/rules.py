"""A policy as tables in words, compared with the version before it."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.figures import Table, entries, figures
from accounts.desk.formats import Words, money, percent, signed
from billing.choices import Product
from risk.choices import Cause, Effect, Trigger
from risk.policy import Policy, Rule

Pairs = list[tuple[Words, str]]
Rows = list[tuple[str, ...]]

_ANY = gettext_lazy("Any line")


def tables(policy: Policy, before: Policy | None) -> list[Table]:
    """Every figure of a policy; `before` is the version that it replaced."""

    def named(title: str, pairs: Callable[[Policy], Pairs]) -> Table:
        return figures(title, pairs(policy), None if before is None else pairs(before))

    def listed(title: str, headers: Sequence[str], rows: Callable[[Policy], Rows]) -> Table:
        old = None if before is None else rows(before)
        return entries(title, tuple(headers), rows(policy), old)

    return [
        listed(
            _("Restrictions"),
            [_("Code"), _("While"), _("Target"), _("Effect"), _("Held after the cure")],
            _restrictions,
        ),
        named(_("Severity"), _severity),
        named(_("Alerts and plans"), _alerts),
        named(_("While an appeal contests a cause"), _appeals),
        named(_("Score"), _score),
        listed(_("Points"), [_("Cause"), _("Points"), _("Last")], _points),
    ]


def _restrictions(policy: Policy) -> Rows:
    return [_rule(rule) for rule in policy.restrictions]


def _rule(rule: Rule) -> tuple[str, ...]:
    cause = str(Trigger(rule.trigger).label)
    if rule.score is not None:
        cause += f" ({rule.score})"
    if rule.alert is not None:
        cause += f" ({rule.alert})"
    effect = str(Effect(rule.effect).label)
    if rule.factor is not None:
        effect = _("Reduce to %(share)s") % {"share": percent(rule.factor)}
    target = str(_ANY) if rule.target == "any" else str(Product(rule.target).label)
    return rule.code, cause, target, effect, _days(rule.hold_days) if rule.hold_days else ""


def _severity(policy: Policy) -> Pairs:
    rule = policy.severity
    return [
        (_("Severe from days past due"), _or_never(rule.severe_dpd)),
        (_("Severe from episodes within 365 days"), _or_never(rule.severe_episodes)),
        (
            _("Severe from an overdue amount of"),
            _("never") if rule.severe_amount is None else money(rule.severe_amount),
        ),
    ]


def _alerts(policy: Policy) -> Pairs:
    drop = policy.alerts.sharp_drop
    text = _("never")
    if drop:
        text = _("%(points)s points lost within %(days)s days") % {
            "points": drop.points_lost,
            "days": drop.window_days,
        }
    return [
        (_("Alert of a sharp drop"), text),
        (_("Grace of a plan's instalment"), _days(policy.plan_grace_days)),
    ]


def _appeals(policy: Policy) -> Pairs:
    rule = policy.appeals
    return [
        (_("Late fees"), _held(rule.hold_fees)),
        (_("Points and severity by days past due"), _held(rule.hold_milestones)),
        (_("Notices about it"), _held(rule.hold_notices)),
    ]


def _held(held: bool) -> str:
    return _("stand still") if held else _("go on")


def _score(policy: Policy) -> Pairs:
    rules = policy.score
    return [
        (_("Lowest"), str(rules.floor)),
        (_("Highest"), str(rules.ceiling)),
        (_("At the start"), str(rules.initial)),
        (_("Points for arrears last after the cure"), _lasting(rules.adverse_lasts_days)),
        (_("Used to the brim from a share of"), percent(Decimal(rules.high_utilisation.ratio))),
    ]


def _points(policy: Policy) -> Rows:
    rules = policy.score
    rows: Rows = []
    adverse = _lasting(rules.adverse_lasts_days)
    for late in rules.past_due:
        cause = f"{Cause.PAST_DUE.label} ≥ {late.dpd}"
        rows.append((cause, signed(late.points), adverse))
    for repeat in rules.repeat:
        cause = f"{Cause.REPEAT.label} ≥ {repeat.episodes}"
        rows.append((cause, signed(repeat.points), adverse))
    cured, life = str(Cause.CURED.label), _lasting(rules.cured.lasts_days)
    rows.append((f"{cured} ({_('general')})", signed(rules.cured.general), life))
    rows.append((f"{cured} ({_('severe')})", signed(rules.cured.severe), life))
    for clean in rules.clean:
        cause = f"{Cause.CLEAN.label}: {_days(clean.days)}"
        rows.append((cause, signed(clean.points), _lasting(clean.lasts_days)))
    for kind, rule in (
        (Cause.PAID_ON_TIME, rules.paid_on_time),
        (Cause.HIGH_UTILISATION, rules.high_utilisation),
        (Cause.TENURE, rules.tenure),
        (Cause.INCOME_VERIFIED, rules.income_verified),
        (Cause.PLAN_KEPT, rules.plan_kept),
        (Cause.PLAN_BROKEN, rules.plan_broken),
        (Cause.PLAN_ENDED, rules.plan_ended),
    ):
        rows.append((str(kind.label), signed(rule.points), _lasting(rule.lasts_days)))
    return rows


def _days(number: int) -> str:
    return _("%(n)s days") % {"n": number}


def _lasting(days: int | None) -> str:
    return _("for good") if days is None else _days(days)


def _or_never(figure: int | None) -> str:
    return _("never") if figure is None else str(figure)
