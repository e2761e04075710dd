"""Which points a low score is made of, and what each of them was for, in words."""

import datetime
from collections import defaultdict
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.desk.formats import signed, words_date
from billing.choices import Product
from risk.choices import Cause
from risk.explain import outlook
from risk.explain.record import Record
from risk.models import Episode, Point

#: How many causes are named: more are no reason but a list (12 CFR 1002.9 names four).
MOST = 4


Window = tuple[datetime.date, datetime.date]


def costs(record: Record, within: Window | None = None) -> Iterator[str]:
    """The causes that cost most of the points lost, the greatest first: those in force on the
    day, or those dated within a window (first and last day)."""
    groups: dict[tuple[str, int], list[Point]] = defaultdict(list)
    for point in record.standing_points():
        if point.points < 0 and _counts(record, point, within):
            groups[point.cause, point.evidence_id].append(point)
    order = sorted(groups.values(), key=lambda points: sum(p.points for p in points))
    for points in order[:MOST]:
        yield _cost(record, points)
    if len(order) > MOST:
        rest = sum(p.points for points in order[MOST:] for p in points)
        yield _("%(points)s points for other causes, listed with your score.") % {
            "points": signed(rest)
        }


def _counts(record: Record, point: Point, within: Window | None) -> bool:
    if within is not None:
        return within[0] <= point.on <= within[1]
    ends = outlook.ends_on(record, point)
    return point.on <= record.on and (ends is None or record.on < ends)


def _cost(record: Record, points: list[Point]) -> str:
    first = points[0]
    figures = {"points": signed(sum(p.points for p in points)), "day": words_date(first.on)}
    if first.cause == Cause.PAST_DUE:
        days = max(p.threshold for p in points)
        return _late(record, record.episodes.get(first.evidence_id), days, figures)
    if first.cause == Cause.REPEAT:
        text = _("%(points)s points: overdue %(times)s times within 365 days, on %(day)s.")
        return text % {**figures, "times": max(p.threshold for p in points)}
    if first.cause == Cause.HIGH_UTILISATION:
        text = _("%(points)s points: the %(product)s was used almost to its limit on %(day)s.")
        return text % {**figures, "product": _product(record, first.evidence_id)}
    if first.cause == Cause.PLAN_BROKEN and first.evidence_id in record.plans:
        text = _("%(points)s points: repayment plan %(plan)s was broken on %(day)s.")
        return text % {**figures, "plan": record.plans[first.evidence_id].number}
    text = _("%(points)s points on %(day)s: %(cause)s.")
    return text % {**figures, "cause": Cause(first.cause).label}


def _late(record: Record, episode: Episode | None, days: int, figures: dict[str, str]) -> str:
    if episode is None or not record.bills.get(episode.pk):
        text = ngettext(
            "%(points)s points: a bill was %(days)s day late, from %(day)s on.",
            "%(points)s points: a bill was %(days)s days late, from %(day)s on.",
            days,
        )
        return text % {**figures, "days": days}
    text = ngettext(
        "%(points)s points: %(bills)s of the %(product)s reached %(days)s day past due.",
        "%(points)s points: %(bills)s of the %(product)s reached %(days)s days past due.",
        days,
    )
    return text % {
        **figures,
        "bills": bill_names(record, episode),
        "product": _product(record, episode.line_id),
        "days": days,
    }


def bill_names(record: Record, episode: Episode) -> str:
    """The bills of an episode by number: all of them up to three."""
    numbers = [bill.number for bill in record.bills.get(episode.pk, ())]
    if not numbers:
        return _("a bill")
    shown = _(", ").join(numbers[:3])
    if len(numbers) > 3:
        shown = ngettext(
            "%(shown)s and %(more)s more", "%(shown)s and %(more)s more", len(numbers) - 3
        ) % {"shown": shown, "more": len(numbers) - 3}
    text = ngettext("bill %(numbers)s", "bills %(numbers)s", len(numbers))
    return text % {"numbers": shown}


def _product(record: Record, line_id: int) -> str:
    return str(Product(record.lines[line_id]["product"]).label).lower()
