"""A page of the story: one statement over the sources, then the words."""

import datetime
import json
from dataclasses import replace
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from risk.explain.reasons import corrected
from risk.timeline.events import Data, Event, Mark, Names, Page, names_for
from risk.timeline.sources import PARTS, all_sources, subject, tellers

PAGE = 30

_ROWS = """select * from (
{sql}
) x("on", rank, kind, id, data)"""
_STORY = """
select "on", rank, kind, id, data::text from ({sources}) story
where %(before_on)s::date is null
   or ("on", rank, kind collate "C", id) < (%(before_on)s::date, %(before_rank)s::int,
                                            %(before_kind)s::text collate "C",
                                            %(before_id)s::bigint)
order by "on" desc, rank desc, kind collate "C" desc, id desc
limit %(limit)s
"""


def page(
    customer_id: int,
    *,
    on: datetime.date,
    part: str = "",
    before: Mark | None = None,
    size: int = PAGE,
) -> Page:
    """Up to `size` events older than `before`; `part` is a key of PARTS.

    `on` is the customer's last open day: what is dated after it does not count yet, and says so.
    """
    rows = _rows(customer_id, part if part in PARTS else "", before, size + 1)
    more = len(rows) > size
    rows = rows[:size]
    names = names_for(customer_id, [data for _mark, data in rows])
    events = [_event(mark, data, names) for mark, data in rows]
    events = [_ahead(event) if event.on > on else event for event in events]
    return Page(events, rows[-1][0] if rows and more else None)


def _rows(customer_id: int, part: str, before: Mark | None, limit: int) -> list[tuple[Mark, Data]]:
    sources = all_sources(part)
    if not sources:
        return []
    selects = "\nunion all\n".join(_ROWS.format(sql=source.sql) for source in sources)
    params: dict[str, Any] = {
        "customer": customer_id,
        "zone": timezone.get_current_timezone_name(),
        "before_on": before and before.on,
        "before_rank": before and before.rank,
        "before_kind": before and before.kind,
        "before_id": before and before.id,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STORY.format(sources=selects), params)
        return [
            (Mark(on, rank, kind, pk), json.loads(data))
            for on, rank, kind, pk, data in cursor.fetchall()
        ]


def _event(mark: Mark, data: Data, names: Names) -> Event:
    plain = Event(on=mark.on, kind=mark.kind, icon="circle", title=mark.kind, pk=mark.id)
    event = tellers()[mark.kind](plain, data, names)
    if data.get("reversed_on"):
        row = names.corrections.get((subject(mark.kind), mark.id))
        event = replace(event, struck=corrected(row, names.causes))
    return event


def _ahead(event: Event) -> Event:
    note = _("counts once its day is open")
    return replace(event, detail=f"{event.detail} · {note}" if event.detail else note)
