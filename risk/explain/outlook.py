"""What time alone will change, if nothing else happens: for the earliest date of a release."""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from risk.choices import Cause
from risk.explain.record import Record
from risk.models import Episode, Point
from risk.policy import Policy, SharpDrop

#: How far ahead we look; beyond it we promise nothing.
HORIZON = datetime.timedelta(days=3 * 366)
_ADVERSE = (Cause.PAST_DUE, Cause.REPEAT)


class Span(NamedTuple):
    """Points in force from `first` until the day before `end` (None: for good)."""

    first: datetime.date
    end: datetime.date | None
    points: int


def score_reaches(record: Record, threshold: int) -> datetime.date | None:
    """The first day on which the score is `threshold` or more, should everything overdue be paid
    today and nothing else happen. None if that is not in sight."""
    if record.policy is None:
        return None
    spans = list(_spans(record, record.policy))
    changes = {s.first for s in spans} | {s.end for s in spans if s.end}
    for day in sorted({record.on, *(d for d in changes if d > record.on)}):
        if day > record.on + HORIZON:
            return None
        if _score(record.policy, spans, day) >= threshold:
            return day
    return None


def score_on(record: Record, day: datetime.date) -> int | None:
    """The score that the ledger gives for a day, under the policy of `record.on`."""
    if record.policy is None:
        return None
    return _score(record.policy, [_span(record, p) for p in record.standing_points()], day)


def ends_on(record: Record, point: Point) -> datetime.date | None:
    """The first day on which a point is no longer in force, as known now."""
    if point.cause not in _ADVERSE:
        return point.expires_on
    episode = record.episodes.get(point.evidence_id)
    grants = [g.on for g in record.forgiven.get(point.evidence_id, ()) if g.on >= point.on]
    ends = grants[:1]
    if episode and episode.cured_on and point.lasts_days is not None:
        ends.append(episode.cured_on + datetime.timedelta(days=point.lasts_days))
    return min(ends, default=None)


def alert_ends(record: Record, rule: SharpDrop) -> datetime.date | None:
    """The first opening at which the points lost in the window no longer reach the threshold."""
    lost = [p for p in record.standing_points() if p.points < 0 and not _forgiven(record, p)]
    window = datetime.timedelta(days=rule.window_days)
    for day in sorted({p.on + window for p in lost if p.on + window > record.on}):
        if sum(-p.points for p in lost if day - window < p.on <= day) < rule.points_lost:
            return day
    return None


def _score(policy: Policy, spans: list[Span], day: datetime.date) -> int:
    rules = policy.score
    total = sum(s.points for s in spans if s.first <= day and (s.end is None or day < s.end))
    return min(max(rules.initial + total, rules.floor), rules.ceiling)


def _span(record: Record, point: Point) -> Span:
    return Span(point.on, ends_on(record, point), point.points)


def _spans(record: Record, policy: Policy) -> Iterator[Span]:
    """The ledger as it will be: what is open now is cured today."""
    open_ids = {e.pk for e in record.open_episodes()}
    for point in record.standing_points():
        span = _span(record, point)
        if point.cause in _ADVERSE and point.evidence_id in open_ids and span.end is None:
            life = point.lasts_days
            end = None if life is None else record.on + datetime.timedelta(days=life)
            span = span._replace(end=end)
        yield span
    yield from _cures(record, policy)
    yield from _clean(record, policy)


def _cures(record: Record, policy: Policy) -> Iterator[Span]:
    rule = policy.score.cured
    for episode in record.open_episodes():
        points = rule.severe if episode.severity == "severe" else rule.general
        yield Span(record.on, _after(record.on, rule.lasts_days), points)


def _clean(record: Record, policy: Policy) -> Iterator[Span]:
    cured = _last_cure(record)
    if cured is None:
        return
    for rule in policy.score.clean:
        day = cured + datetime.timedelta(days=rule.days)
        if day > record.on:
            yield Span(day, _after(day, rule.lasts_days), rule.points)


def _last_cure(record: Record) -> datetime.date | None:
    if record.open_episodes():
        return record.on
    cures = (e.cured_on for e in record.episodes.values() if e.reversed_on is None)
    return max((day for day in cures if day), default=None)


def _after(day: datetime.date, life: int | None) -> datetime.date | None:
    return None if life is None else day + datetime.timedelta(days=life)


def _forgiven(record: Record, point: Point) -> bool:
    return point.cause in _ADVERSE and any(
        grant.on >= point.on for grant in record.forgiven.get(point.evidence_id, ())
    )


def why_severe(record: Record, episode: Episode, policy: Policy) -> tuple[str, int | Decimal]:
    """Which criterion made an episode severe, and its figure then: `dpd`, `episodes`, `amount`."""
    day = episode.severe_on or record.on
    rule = policy.severity
    age = (day - episode.oldest_due).days
    if rule.severe_dpd is not None and age >= rule.severe_dpd:
        return "dpd", age
    year = day - datetime.timedelta(days=365)
    opened = [
        e for e in record.episodes.values() if e.reversed_on is None and year < e.opened_on <= day
    ]
    if rule.severe_episodes is not None and len(opened) >= rule.severe_episodes:
        return "episodes", len(opened)
    if rule.severe_amount is not None:
        return "amount", rule.severe_amount
    # the oldest bill of that day may be paid by now, and the days of the one after it be fewer
    return "dpd", age if rule.severe_dpd is None else rule.severe_dpd


def history(record: Record) -> list[tuple[datetime.date, int]]:
    """The score after each day on which points began or ended, up to `record.on`, by what is
    known now and under the policy of that day."""
    if record.policy is None:
        return []
    moves: dict[datetime.date, int] = defaultdict(int)
    for span in (_span(record, p) for p in record.standing_points()):
        moves[span.first] += span.points
        if span.end and span.end > span.first:
            moves[span.end] -= span.points
        elif span.end:
            moves[span.first] -= span.points
    rules, total, scores = record.policy.score, 0, []
    for day in sorted(moves):
        if day > record.on:
            break
        total += moves[day]
        scores.append((day, min(max(rules.initial + total, rules.floor), rules.ceiling)))
    return scores
