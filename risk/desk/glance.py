"""The book at a glance, as the first page draws it, from the reports of the last closed days.

Nothing here counts the book: `risk/at_a_glance.py` did when each day closed, and the reports are
the cache. A report of before that, or with something absent, is passed over.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.formats import words_date
from accounts.desk.links import list_address
from accounts.models import User
from billing.choices import DayStatus, Product
from billing.models import BusinessDay
from risk.at_a_glance import BUCKETS, CURRENT, SCORE_STEP
from risk.choices import Trigger
from risk.desk.drawing import Columns, columns, mirrored, share

#: Days whose flows the page adds up and draws.
DAYS = 30

EPISODES, RESTRICTIONS, POINTS = "risk.episode", "risk.restriction", "risk.point"

Words = str | Promise
_NAMES: dict[str, Words] = {
    "1-29": gettext_lazy("1–29 days past due"),
    "30-59": gettext_lazy("30–59 days past due"),
    "60-89": gettext_lazy("60–89 days past due"),
    "90+": gettext_lazy("90 or more days past due"),
}
# What stands in a list of episodes or restrictions and was not taken back since.
_KEPT = {"reversed_on__isnull": "True"}


@dataclass(frozen=True)
class Bucket:
    """A product's lines in a bucket at the close, and where its lines went in the days shown.

    `share` is of all lines of the product; `rate`, the roll rate, is of the lines that left the
    bucket: how many moved to a later one. None where nothing is there to share.
    """

    name: Words
    days: str
    lines: int
    amount: Decimal
    share: str | None
    up: int
    down: int
    cured: int
    rate: str | None
    width: str
    amount_width: str
    url: str


@dataclass(frozen=True)
class Portfolio:
    """A product's lines at the close."""

    product: Words
    lines: int
    current: int
    current_share: str | None
    overdue: int
    amount: Decimal
    buckets: list[Bucket]
    url: str


@dataclass(frozen=True)
class Flow:
    """A day's newly overdue and cured lines, by product, each with the list behind it."""

    on: datetime.date
    counts: list[tuple[int, str]]
    opened: int
    cured: int


@dataclass(frozen=True)
class Cause:
    """A reason for restrictions: lines it restricted and released in the days shown, and holds."""

    reason: Words
    code: str
    opened: int
    released: int
    standing: int
    opened_width: str
    released_width: str
    opened_url: str
    released_url: str
    standing_url: str


@dataclass(frozen=True)
class Step:
    """A step of the score distribution."""

    first: int
    last: int
    customers: int
    share: str | None


class Glance:
    """The figures for one person of the staff: what they may not view is absent."""

    def __init__(self, user: User) -> None:
        self.user = user
        newest = BusinessDay.objects.filter(status=DayStatus.CLOSED).order_by("-on")
        found = list(newest.values_list("on", "report__book")[:DAYS])
        self.any_closed = bool(found)
        self.books = [(on, book) for on, book in reversed(found) if isinstance(book, dict)]

    @property
    def on(self) -> datetime.date | None:
        """The close that the figures are of."""
        return self.books[-1][0] if self.books else None

    @property
    def first(self) -> datetime.date | None:
        return self.books[0][0] if self.books else None

    @property
    def days(self) -> int:
        return len(self.books)

    def may(self, model: str) -> bool:
        app, name = model.split(".")
        return bool(self.books) and self.user.has_perm(f"{app}.view_{name}")

    @cached_property
    def portfolios(self) -> list[Portfolio]:
        """The products that have lines."""
        if not self.may(EPISODES):
            return []
        lines = _mapping(self.books[-1][1].get("lines"))
        buckets = [_mapping(_mapping(lines.get(p)).get(b)) for p in Product.values for b in BUCKETS]
        most = max((_count(bucket, "lines") for bucket in buckets), default=0)
        dearest = max((_amount(bucket) for bucket in buckets), default=Decimal(0))
        found = [self._portfolio(p, _mapping(lines.get(p)), most, dearest) for p in Product]
        return [portfolio for portfolio in found if portfolio.lines]

    def _portfolio(
        self, product: Product, lines: Mapping[str, Any], most: int, dearest: Decimal
    ) -> Portfolio:
        current = _count(_mapping(lines.get(CURRENT)), "lines")
        total = current + sum(_count(_mapping(lines.get(name)), "lines") for name in BUCKETS)
        rows = []
        for name in BUCKETS:
            bucket = _mapping(lines.get(name))
            count, amount = _count(bucket, "lines"), _amount(bucket)
            moves = [
                _mapping(_mapping(_mapping(book.get("moves")).get(product)).get(name))
                for _on, book in self.books
            ]
            up, down, cured = (
                sum(_count(move, way) for move in moves) for way in ("up", "down", "cured")
            )
            rows.append(
                Bucket(
                    name=_NAMES[name],
                    days=name.replace("-", "\N{EN DASH}"),
                    lines=count,
                    amount=amount,
                    share=_percent(count, total),
                    up=up,
                    down=down,
                    cured=cured,
                    rate=None if name == BUCKETS[-1] else _percent(up, up + down + cured),
                    width=share(count, most),
                    amount_width=share(float(amount), float(dearest)),
                    url=list_address(self.user, EPISODES, dpd=name, line__product__exact=product),
                )
            )
        return Portfolio(
            product=product.label,
            lines=total,
            current=current,
            current_share=_percent(current, total),
            overdue=total - current,
            amount=sum((row.amount for row in rows), Decimal(0)),
            buckets=rows,
            url=list_address(self.user, EPISODES, state="standing", line__product__exact=product),
        )

    @cached_property
    def flows(self) -> list[Flow]:
        """Newly overdue and cured by day, the last day last."""
        if not self.may(EPISODES):
            return []
        return [self._flow(on, _mapping(book.get("episodes"))) for on, book in self.books]

    def _flow(self, on: datetime.date, episodes: Mapping[str, Any]) -> Flow:
        counts = []
        totals = {"opened": 0, "cured": 0}
        for product in Product:
            for what, column in (("opened", "opened_on"), ("cured", "cured_on")):
                count = _count(_mapping(episodes.get(product)), what)
                totals[what] += count
                filters = {column: on, "line__product__exact": product, **_KEPT}
                counts.append((count, list_address(self.user, EPISODES, **filters)))
        return Flow(on, counts, totals["opened"], totals["cured"])

    @property
    def opened(self) -> int:
        return sum(flow.opened for flow in self.flows)

    @property
    def cured(self) -> int:
        return sum(flow.cured for flow in self.flows)

    @property
    def flow_chart(self) -> Columns:
        return mirrored(
            [flow.opened for flow in self.flows],
            [flow.cured for flow in self.flows],
            [
                _("%(day)s: %(opened)s newly overdue, %(cured)s cured")
                % {"day": words_date(flow.on), "opened": flow.opened, "cured": flow.cured}
                for flow in self.flows
            ],
        )

    @property
    def products(self) -> list[Words]:
        return [product.label for product in Product]

    @cached_property
    def causes(self) -> list[Cause]:
        """Reasons for restrictions that hold or moved in the days shown; the busiest first."""
        if not self.may(RESTRICTIONS):
            return []
        sums: dict[tuple[str, str], list[int]] = {}
        for on, book in self.books:
            for row in _listed(book.get("restrictions")):
                key = (str(row.get("trigger", "")), str(row.get("code", "")))
                three = sums.setdefault(key, [0, 0, 0])
                three[0] += _count(row, "opened")
                three[1] += _count(row, "released")
                three[2] = _count(row, "standing") if on == self.on else 0
        most = max((max(three[:2]) for three in sums.values()), default=0)
        order = sorted(sums, key=lambda key: (-sum(sums[key]), key))
        return [self._cause(*key, sums[key], most) for key in order if any(sums[key])]

    def _cause(self, trigger: str, code: str, three: list[int], most: int) -> Cause:
        opened, released, standing = three
        filters: dict[str, object] = {"trigger__exact": trigger}
        if code:
            filters["code"] = code
        kept = {**filters, **_KEPT}
        period = {"gte": self.first, "lte": self.on}
        return Cause(
            reason=Trigger(trigger).label if trigger in Trigger.values else trigger,
            code=code,
            opened=opened,
            released=released,
            standing=standing,
            opened_width=share(opened, most),
            released_width=share(released, most),
            opened_url=self._restrictions(kept | {f"from_on__{k}": v for k, v in period.items()}),
            released_url=self._restrictions(
                kept | {f"until_on__{k}": v for k, v in period.items()}
            ),
            standing_url=self._restrictions({**filters, "state": "standing"}),
        )

    def _restrictions(self, filters: Mapping[str, object]) -> str:
        return list_address(self.user, RESTRICTIONS, **filters)

    @cached_property
    def scores(self) -> list[Step]:
        """The score distribution, without gaps, from the lowest step that anybody is in."""
        if not self.may(POINTS):
            return []
        counts = {
            int(lowest): int(count)
            for lowest, count in _mapping(self.books[-1][1].get("scores")).items()
        }
        total = sum(counts.values())
        if not total:
            return []
        steps = range(min(counts), max(counts) + 1, SCORE_STEP)
        return [
            Step(low, low + SCORE_STEP - 1, counts.get(low, 0), _percent(counts.get(low, 0), total))
            for low in steps
        ]

    @property
    def scored(self) -> int:
        return sum(step.customers for step in self.scores)

    @property
    def score_chart(self) -> Columns:
        return columns(
            [step.customers for step in self.scores],
            [f"{step.first}\N{EN DASH}{step.last}: {step.customers:,}" for step in self.scores],
        )

    def queue(self, name: str) -> tuple[list[int], datetime.date | None]:
        """A queue at the last close: how many of each age, and since when the oldest waits."""
        queues = _mapping(self.books[-1][1].get("queues")) if self.books else {}
        queue = _mapping(queues.get(name))
        oldest = queue.get("oldest")
        ages = [int(count) for count in _listed(queue.get("ages"))]
        return ages, datetime.date.fromisoformat(oldest) if oldest else None


def _percent(part: int, whole: int) -> str | None:
    return f"{100 * part / whole:.1f}%" if whole else None


def _count(row: Mapping[str, Any], name: str) -> int:
    value = row.get(name)
    return value if isinstance(value, int) else 0


def _amount(row: Mapping[str, Any]) -> Decimal:
    return Decimal(str(row.get("amount") or 0))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
