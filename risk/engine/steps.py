"""The steps of the credit status; each calls the .sql file of its name. Source: RULES."""

import datetime
from dataclasses import dataclass, replace
from decimal import Decimal

from billing.engine import sql
from billing.engine import steps as money
from billing.engine.scope import Few, Many, Scope
from risk.rules import DayRules


@dataclass(frozen=True)
class Day:
    """One business day for a scope under its rules."""

    rules: DayRules
    scope: Scope
    booked_on: datetime.date

    @property
    def on(self) -> datetime.date:
        return self.rules.on

    @property
    def money(self) -> money.Day:
        return money.Day(
            on=self.on, scope=self.scope, terms=self.rules.terms, booked_on=self.booked_on
        )

    @property
    def everyone(self) -> bool:
        """Look at every customer of the scope, not only where something began or ended today."""
        return isinstance(self.scope, Few) or self.rules.new_policy

    def run(self, name: str, **extra: object) -> sql.Counts:
        score = self.rules.policy.score
        params = {
            "day": self.on,
            "booked_on": self.booked_on,
            "policy_id": self.rules.policy_id,
            "initial": score.initial,
            "floor": score.floor,
            "ceiling": score.ceiling,
            "everyone": self.everyone,
            **sql.terms_params(self.rules.terms),
        }
        return sql.run("risk", name, self.scope, {**params, **extra})

    def expiry(self, lasts_days: int | None) -> datetime.date | None:
        """The first day on which points of today that last so long are no longer in force."""
        return None if lasts_days is None else self.on + datetime.timedelta(days=lasts_days)


def start_scores(day: Day) -> sql.Counts:
    return day.run("start_scores")


def rescore(day: Day) -> sql.Counts:
    return day.run("rescore") if day.rules.new_policy else {"rows": 0}


def expire_points(day: Day) -> sql.Counts:
    return day.run("expire_points", adverse_terms=list(day.rules.adverse_terms))


def points_high_utilisation(day: Day) -> sql.Counts:
    rule = day.rules.policy.score.high_utilisation
    return day.run(
        "points_high_utilisation",
        points=rule.points,
        expires_on=day.expiry(rule.lasts_days),
        ratio=rule.ratio,
    )


def points_paid_on_time(day: Day) -> sql.Counts:
    rule = day.rules.policy.score.paid_on_time
    return day.run(
        "points_paid_on_time", points=rule.points, expires_on=day.expiry(rule.lasts_days)
    )


def points_plan_broken(day: Day) -> sql.Counts:
    rule = day.rules.policy.score.plan_broken
    return day.run("points_plan_broken", points=rule.points, expires_on=day.expiry(rule.lasts_days))


def points_plan_ended(day: Day) -> sql.Counts:
    rule = day.rules.policy.score.plan_ended
    if not rule.points:
        return {"events": 0, "points": 0}
    return day.run("points_plan_ended", points=rule.points, expires_on=day.expiry(rule.lasts_days))


def points_plan_kept(day: Day) -> sql.Counts:
    rule = day.rules.policy.score.plan_kept
    return day.run("points_plan_kept", points=rule.points, expires_on=day.expiry(rule.lasts_days))


def points_income(day: Day) -> sql.Counts:
    rule = day.rules.policy.score.income_verified
    return day.run("points_income", points=rule.points, expires_on=day.expiry(rule.lasts_days))


def points_past_due(day: Day) -> sql.Counts:
    score = day.rules.policy.score
    return day.run(
        "points_past_due",
        thresholds=[rule.dpd for rule in score.past_due],
        points=[rule.points for rule in score.past_due],
        adverse_lasts_days=score.adverse_lasts_days,
    )


def points_repeat(day: Day) -> sql.Counts:
    score = day.rules.policy.score
    return day.run(
        "points_repeat",
        thresholds=[rule.episodes for rule in score.repeat],
        points=[rule.points for rule in score.repeat],
        adverse_lasts_days=score.adverse_lasts_days,
    )


def points_clean(day: Day) -> sql.Counts:
    rules = day.rules.policy.score.clean
    return day.run(
        "points_clean",
        thresholds=[rule.days for rule in rules],
        points=[rule.points for rule in rules],
        expiries=[day.expiry(rule.lasts_days) for rule in rules],
    )


def points_tenure(day: Day) -> sql.Counts:
    rule = day.rules.policy.score.tenure
    days = [day.on.day]
    tomorrow = day.on + datetime.timedelta(days=1)
    if (day.on.month, day.on.day, tomorrow.day) == (2, 28, 1):
        days.append(29)
    return day.run(
        "points_tenure", points=rule.points, expires_on=day.expiry(rule.lasts_days), days=days
    )


def open_episodes(day: Day) -> sql.Counts:
    return day.run("open_episodes")


def age_episodes(day: Day) -> sql.Counts:
    severity = day.rules.policy.severity
    return day.run(
        "age_episodes",
        severe_dpd=severity.severe_dpd,
        severe_episodes=severity.severe_episodes,
        severe_amount=severity.severe_amount,
    )


def cure_episodes(day: Day) -> sql.Counts:
    cured = day.rules.policy.score.cured
    return day.run(
        "cure_episodes",
        general_points=cured.general,
        severe_points=cured.severe,
        expires_on=day.expiry(cured.lasts_days),
    )


def cure_under_new_terms(day: Day) -> sql.Counts:
    """A higher tolerance can cure at an opening; nothing else does."""
    return cure_episodes(day) if day.rules.new_terms else {"episodes": 0}


def forgive(day: Day) -> sql.Counts:
    return day.run("forgive")


def raise_alerts(day: Day) -> sql.Counts:
    sharp_drop = day.rules.policy.alerts.sharp_drop
    watched = _narrowed(day, "watched_for_alerts")
    if watched is None:
        return {"raised": 0, "closed": 0}
    return watched.run(
        "raise_alerts",
        codes=["sharp_drop"] if sharp_drop else [],
        points_lost=[sharp_drop.points_lost] if sharp_drop else [],
        window_days=[sharp_drop.window_days] if sharp_drop else [],
    )


def close_alerts(day: Day) -> sql.Counts:
    return day.run("close_alerts")


def restrict_at_opening(day: Day) -> sql.Counts:
    """As `restrict`, before the day's own decisions are in."""
    return _restrict(day, day.on - datetime.timedelta(days=1))


def restrict(day: Day) -> sql.Counts:
    """Open and lift restrictions, fold the status of the lines they touch."""
    return _restrict(day, day.on)


def _narrowed(day: Day, who: str, **extra: object) -> Day | None:
    """The day for those of a slice whom a query names, and whom alone the step then looks at: the
    planner knows their number, and follows indexes. None if it names nobody."""
    if day.everyone:
        return day
    customers = day.run(who, **extra)["customers"]
    return replace(day, scope=Many(tuple(customers))) if customers else None


def _restrict(day: Day, decided_through: datetime.date) -> sql.Counts:
    rules = day.rules.policy.restrictions
    touched = _narrowed(
        day,
        "touched_by_the_day",
        adverse_terms=list(day.rules.adverse_terms),
        highest_score=max((rule.score for rule in rules if rule.score is not None), default=0),
        holds=[0, *(rule.hold_days for rule in rules)],
    )
    if touched is None:
        return {"opened": 0, "lifted": 0, "lines_released": 0}
    return touched.run(
        "restrict",
        decided_through=decided_through,
        longest_hold=max((rule.hold_days for rule in rules), default=0),
        codes=[rule.code for rule in rules],
        triggers=[rule.trigger for rule in rules],
        targets=[rule.target for rule in rules],
        effects=[rule.effect for rule in rules],
        factors=[(rule.factor or Decimal(0)).normalize() for rule in rules],
        hold_days=[rule.hold_days for rule in rules],
        scores=[rule.score for rule in rules],
        alerts=[rule.alert for rule in rules],
    )
