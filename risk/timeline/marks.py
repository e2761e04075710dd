"""Marks on the customer: set and ended, by whom and why."""

import datetime
from dataclasses import replace

from django.utils.translation import gettext as _

from accounts.desk.formats import words_date
from accounts.marks import MarkKind
from risk.timeline.events import Data, Event, Names, booked
from risk.timeline.sources import Source, sql_of


def _set(event: Event, data: Data, names: Names) -> Event:
    detail = ""
    if data["until_on"]:
        until = datetime.date.fromisoformat(data["until_on"])
        detail = _("until %(day)s") % {"day": words_date(until)}
    event = replace(
        event,
        icon="flag",
        tone="warn",
        title=_("Marked: %(mark)s") % {"mark": MarkKind(data["mark"]).label},
        detail=detail,
    )
    return booked(event, data, names)


def _ended(event: Event, data: Data, names: Names) -> Event:
    text = _("Mark taken back: %(mark)s") if data["in_error"] else _("Mark ended: %(mark)s")
    event = replace(
        event,
        icon="outlined_flag",
        tone="info",
        title=text % {"mark": MarkKind(data["mark"]).label},
    )
    return booked(event, data, names)


SOURCES = (Source("decisions", sql_of("marks"), {"mark_set": _set, "mark_ended": _ended}),)
