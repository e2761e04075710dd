"""A forecast as a drawing: the score as steps, and below it when each line is free."""

import datetime
from dataclasses import dataclass
from itertools import pairwise

from django.utils.functional import Promise

from billing.choices import Product
from risk.choices import Status
from risk.forecast.days import DayState, Forecast

WIDTH, HEIGHT, MARGIN = 640, 140, 10
BAND = 18


@dataclass(frozen=True)
class Band:
    """Some days in one status; `x` and `width` in the drawing's units."""

    status: str
    label: str | Promise
    first: datetime.date
    last: datetime.date
    x: float
    width: float


@dataclass(frozen=True)
class Row:
    """A line's bands, `y` below the score's drawing."""

    product: str | Promise
    y: int
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Tick:
    x: float
    on: datetime.date


@dataclass(frozen=True)
class Drawing:
    """Numbers for an SVG `width` by `height`; `points` is a polyline's, y growing downwards."""

    width: int
    height: int
    score_height: int
    points: str
    low: int
    high: int
    first: DayState
    last: DayState
    end_y: float
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    table: tuple[DayState, ...]


def draw(forecast: Forecast) -> Drawing:
    """The drawing, and the days of its table: those on which anything changes, and the ends."""
    days = forecast.days
    scores = [day.score or 0 for day in days]
    low, high = min(scores), max(scores)
    each = WIDTH / len(days)

    def y(score: int) -> float:
        if high == low:
            return HEIGHT / 2
        return round(MARGIN + (HEIGHT - 2 * MARGIN) * (high - score) / (high - low), 1)

    corners: list[str] = []
    for n, score in enumerate(scores):
        corners += [f"{n * each:.1f},{y(score)}", f"{(n + 1) * each:.1f},{y(score)}"]
    products = [line.product for line in days[0].lines]
    order = sorted(products, key=lambda product: list(Product).index(Product(product)))
    return Drawing(
        width=WIDTH,
        height=HEIGHT + (BAND + 22) * len(order) + 20,
        score_height=HEIGHT,
        points=" ".join(corners),
        low=low,
        high=high,
        first=days[0],
        last=days[-1],
        end_y=y(scores[-1]),
        rows=tuple(
            Row(Product(product).label, HEIGHT + 20 + n * (BAND + 22), _bands(days, product, each))
            for n, product in enumerate(order)
        ),
        ticks=tuple(
            Tick(round(n * each, 1), day.on) for n, day in enumerate(days) if day.on.day == 1
        ),
        table=_table(days),
    )


def _bands(days: tuple[DayState, ...], product: str, each: float) -> tuple[Band, ...]:
    bands: list[Band] = []
    start = 0
    for n, day in enumerate(days):
        status = day.line(product).status
        following = days[n + 1].line(product).status if n + 1 < len(days) else None
        if status != following:
            bands.append(
                Band(
                    status=status,
                    label=Status(status).label,
                    first=days[start].on,
                    last=day.on,
                    x=round(start * each, 1),
                    width=round((n + 1 - start) * each, 1),
                )
            )
            start = n + 1
    return tuple(bands)


def _table(days: tuple[DayState, ...]) -> tuple[DayState, ...]:
    shown = [days[0]]
    for before, day in pairwise(days):
        same = (before.score, [line.status for line in before.lines]) == (
            day.score,
            [line.status for line in day.lines],
        )
        if not same or day is days[-1]:
            shown.append(day)
    return tuple(shown)
