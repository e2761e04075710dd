"""Panels on the customer's page: a section each, which any room above may add.

The room registers its panel from `AppConfig.ready`; the page shows those whose permission the
reader has, in the order of their rank, and knows nothing else of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

from accounts.models import Customer

Build = Callable[[Customer, HttpRequest], Mapping[str, Any]]


@dataclass(frozen=True)
class Panel:
    """One section of the page.

    `code` is its anchor. `template` is included with `panel` (this one), `customer` and `shown`,
    the mapping that `build` gives; `build` has a constant number of queries. `permission` is
    "app.codename"; without it neither is built nor shown. A `count` in the mapping stands beside
    the title in the page's navigation, `hidden` true leaves the panel out. `rank` orders: 0 to 49
    stand above Why while they count something, the rest before the timeline.
    """

    code: str
    title: str | Promise
    template: str
    permission: str
    build: Build
    rank: int = 50


@dataclass(frozen=True)
class Shown:
    """A panel with what its template shows."""

    panel: Panel
    data: Mapping[str, Any]

    @property
    def first(self) -> bool:
        return self.panel.rank < FIRST_BELOW and bool(self.count)

    @property
    def count(self) -> object:
        return self.data.get("count", "")


FIRST_BELOW = 50

_panels: dict[str, Panel] = {}


def register(*panels: Panel) -> None:
    """Add panels; a code that is known already is refused with ValueError."""
    for panel in panels:
        if panel.code in _panels:
            raise ValueError(f"{panel.code} is a panel already")
        _panels[panel.code] = panel


def of(customer: Customer, request: HttpRequest) -> list[Shown]:
    """The panels that the reader may see on this customer's page, in their order."""
    rows = [
        Shown(panel, panel.build(customer, request))
        for panel in sorted(_panels.values(), key=lambda panel: panel.rank)
        if request.user.has_perm(panel.permission)
    ]
    return [row for row in rows if not row.data.get("hidden")]
