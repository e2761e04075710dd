"""A small drawing of the score, as numbers that the template puts into an SVG."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from risk.policy import ScoreRules

WIDTH, HEIGHT = 320, 72
SPAN = datetime.timedelta(days=730)


@dataclass(frozen=True)
class Chart:
    """`points` is a polyline's; y grows downwards. `first` and `last` label its ends."""

    points: str
    area: str
    first: datetime.date
    last: datetime.date
    low: int
    high: int
    end_x: float
    end_y: float


def score_chart(
    scores: Sequence[tuple[datetime.date, int]], rules: ScoreRules | None, on: datetime.date
) -> Chart | None:
    """Two years of the score as steps, up to `on`; None where nothing moved."""
    if rules is None or not scores:
        return None
    first = max(scores[0][0], on - SPAN)
    before = [score for day, score in scores if day <= first]
    steps = [(first, before[-1] if before else rules.initial)]
    steps += [(day, score) for day, score in scores if first < day <= on]
    low, high = min(s for _, s in steps), max(s for _, s in steps)
    if low == high:
        return None
    days = max((on - first).days, 1)

    def x(day: datetime.date) -> float:
        return round(WIDTH * (day - first).days / days, 1)

    def y(score: int) -> float:
        return round(6 + (HEIGHT - 12) * (high - score) / (high - low), 1)

    corners = [(x(steps[0][0]), y(steps[0][1]))]
    for day, score in steps[1:]:
        corners += [(x(day), corners[-1][1]), (x(day), y(score))]
    corners.append((float(WIDTH), corners[-1][1]))
    line = " ".join(f"{a},{b}" for a, b in corners)
    return Chart(
        points=line,
        area=f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}",
        first=first,
        last=on,
        low=low,
        high=high,
        end_x=corners[-1][0],
        end_y=corners[-1][1],
    )
