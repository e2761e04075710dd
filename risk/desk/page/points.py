"""The score ledger, and how the score moved lately."""

import datetime
from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

from risk import timeline
from risk.choices import Cause
from risk.explain.outlook import ends_on, score_on
from risk.explain.reasons import corrected
from risk.explain.record import Record, because_of
from risk.models import Point

MOST_POINTS = 40
WINDOWS = (30, 90)
MOST_CAUSES = 4


@dataclass(frozen=True)
class PointRow:
    """A row of the score ledger, with the score of its day and where it leads."""

    point: Point
    words: str
    score: int | None
    ends_on: datetime.date | None
    in_force: bool
    struck: str
    model: str
    evidence: int


@dataclass(frozen=True)
class Trend:
    """How the score changed within the last `days`, and through what: the largest part first."""

    days: int
    change: int
    causes: list[tuple[str, int]]

    @property
    def tone(self) -> str:
        return "plus" if self.change > 0 else "minus" if self.change < 0 else "none"


def point_rows(record: Record, scores: dict[datetime.date, int]) -> list[PointRow]:
    """The last rows of the ledger, newest first; what was taken back says why."""
    undone = {p.reverses_id for p in record.points if p.reverses_id}
    rows = [p for p in record.points if p.reverses_id is None][: -MOST_POINTS - 1 : -1]
    reversals = {p.pk: record.corrections.get(("point", p.pk)) for p in rows if p.pk in undone}
    causes = because_of([row for row in reversals.values() if row])
    return [
        _row(record, p, scores, corrected(reversals[p.pk], causes) if p.pk in undone else "")
        for p in rows
    ]


def _row(record: Record, point: Point, scores: dict[datetime.date, int], struck: str) -> PointRow:
    ends = ends_on(record, point)
    return PointRow(
        point=point,
        words=timeline.cause_words(point.cause, point.threshold),
        score=None if struck else scores.get(point.on),
        ends_on=ends,
        in_force=not struck and (ends is None or record.on < ends),
        struck=struck,
        model=_EVIDENCE[Cause(point.cause)],
        evidence=point.evidence_id,
    )


def trends(record: Record) -> list[Trend]:
    """What the ledger says of the last 30 and 90 days, under the policy of today."""
    now = score_on(record, record.on)
    if now is None:
        return []
    found = []
    for days in WINDOWS:
        since = record.on - datetime.timedelta(days=days)
        before = score_on(record, since)
        if before is not None:
            found.append(Trend(days, now - before, _causes(record, since)))
    return found


def _causes(record: Record, since: datetime.date) -> list[tuple[str, int]]:
    """What came into force since then, by cause, and what went out of force in all."""
    moved: Counter[str] = Counter()
    for point in record.standing_points():
        ends = ends_on(record, point)
        was = point.on <= since and (ends is None or since < ends)
        stands = ends is None or record.on < ends
        if stands and not was:
            moved[str(Cause(point.cause).label)] += point.points
        elif was and not stands:
            moved[_("Points that ended")] -= point.points
    ranked = sorted(moved.items(), key=lambda row: -abs(row[1]))
    return [(words, points) for words, points in ranked if points][:MOST_CAUSES]


_EVIDENCE = {
    Cause.PAST_DUE: "risk.episode",
    Cause.REPEAT: "risk.episode",
    Cause.CURED: "risk.episode",
    Cause.CLEAN: "risk.episode",
    Cause.PAID_ON_TIME: "billing.bill",
    Cause.HIGH_UTILISATION: "billing.creditline",
    Cause.TENURE: "accounts.customer",
    Cause.INCOME_VERIFIED: "risk.decision",
    Cause.PLAN_KEPT: "billing.plan",
    Cause.PLAN_BROKEN: "billing.plan",
    Cause.PLAN_ENDED: "billing.plan",
}
