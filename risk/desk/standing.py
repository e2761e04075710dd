"""How the customers of one page of a list stand, in one statement for all of them."""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.db import connection
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from accounts.desk.formats import pill
from billing.choices import Product
from risk.choices import Severity, Status, Trigger

TONES = {
    Status.ACTIVE: "good",
    Status.REDUCED: "warn",
    Status.SUSPENDED: "bad",
    Severity.NONE: "",
    Severity.GENERAL: "warn",
    Severity.SEVERE: "bad",
}

_STANDING = """
select c.id, d.opened_on, s.score, q.id is not null as quarantined,
       coalesce(l.lines, '[]')::text as lines, coalesce(r.causes, '[]')::text as causes
from unnest(%(customers)s::bigint[]) as c(id)
left join lateral (
    select greatest(
        (select x.day_id from billing_dayslice x
         where x.status = 'done' and c.id %% x.of = x.number
         order by x.day_id desc limit 1),
        (select a.opened_on from billing_aheadofnight a where a.customer_id = c.id)) as opened_on
) d on true
left join risk_score s on s.customer_id = c.id
left join billing_quarantine q on q.customer_id = c.id and q.released_at is null
left join lateral (
    select jsonb_agg(jsonb_build_array(
               k.product, coalesce(t.status, 'active'), e.severity,
               coalesce(e.frozen_dpd, d.opened_on - e.oldest_due)) order by k.product desc) as lines
    from billing_creditline k
    left join risk_linestatus t on t.line_id = k.id
    left join risk_episode e
      on e.line_id = k.id and e.cured_on is null and e.reversed_on is null
    where k.customer_id = c.id
) l on true
left join lateral (
    select jsonb_agg(distinct x.trigger) as causes
    from risk_restriction x
    where x.customer_id = c.id and x.until_on is null and x.reversed_on is null
) r on true
"""


class LineStanding(NamedTuple):
    product: str
    status: str
    severity: str
    dpd: int

    @property
    def pill(self) -> SafeString:
        status = Status(self.status)
        return pill(status.label, TONES[status])

    @property
    def name(self) -> str | Promise:
        return Product(self.product).label


@dataclass(frozen=True)
class Standing:
    """A customer on their last open day (None before the first)."""

    on: datetime.date | None
    score: int | None
    quarantined: bool
    lines: tuple[LineStanding, ...]
    causes: tuple[Trigger, ...]

    @property
    def dpd(self) -> int:
        return max((line.dpd for line in self.lines), default=0)

    @property
    def severity(self) -> Severity:
        found = {line.severity for line in self.lines}
        worst = (Severity.SEVERE, Severity.GENERAL)
        return next((s for s in worst if s in found), Severity.NONE)


NOBODY = Standing(None, None, False, (), ())


def standings(customers: Sequence[int]) -> dict[int, Standing]:
    """How each of these customers stands."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"customers": list(customers)})
        return {
            pk: Standing(on, score, quarantined, _lines(lines), _causes(causes))
            for pk, on, score, quarantined, lines, causes in cursor.fetchall()
        }


# The same few texts come again and again down a long list.
@lru_cache(10_000)
def _lines(text: str) -> tuple[LineStanding, ...]:
    return tuple(
        LineStanding(product, status, severity or Severity.NONE, dpd or 0)
        for product, status, severity, dpd in json.loads(text)
    )


@lru_cache(10_000)
def _causes(text: str) -> tuple[Trigger, ...]:
    order = list(Trigger)
    return tuple(sorted((Trigger(cause) for cause in json.loads(text)), key=order.index))
