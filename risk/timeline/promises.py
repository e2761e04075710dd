"""Promises to pay: made, decided, taken back."""

import datetime
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.desk.formats import money, words_date
from billing.choices import PromiseEndKind, PromiseStatus
from risk.timeline.events import Data, Event, Names, booked
from risk.timeline.sources import Source, sql_of

_LOOKS = {
    PromiseStatus.KEPT: ("handshake", "good"),
    PromiseStatus.PARTLY_KEPT: ("handshake", "warn"),
    PromiseStatus.BROKEN: ("heart_broken", "bad"),
}


def _promised(event: Event, data: Data, names: Names) -> Event:
    text = ngettext(
        "Promise to pay %(amount)s by %(day)s",
        "Promise to pay %(amount)s in %(n)s parts by %(day)s",
        data["parts"],
    )
    title = text % {
        "amount": money(Decimal(data["amount"])),
        "n": data["parts"],
        "day": words_date(datetime.date.fromisoformat(data["due_on"])),
    }
    event = replace(event, icon="handshake", title=title, detail=names.line(data))
    return booked(event, data, names)


def _decided(event: Event, data: Data, names: Names) -> Event:
    status = PromiseStatus(data["status"])
    icon, tone = _LOOKS[status]
    figures = {
        "amount": money(Decimal(data["amount"])),
        "day": words_date(datetime.date.fromisoformat(data["due_on"])),
        "status": status.label,
        "counted": money(Decimal(data["counted"])),
    }
    title = _("Promise of %(amount)s by %(day)s: %(status)s, %(counted)s paid") % figures
    return replace(event, icon=icon, tone=tone, title=title, detail=names.line(data))


def _ended(event: Event, data: Data, names: Names) -> Event:
    title = _("Promise to pay: %(status)s") % {"status": PromiseEndKind(data["kind"]).label}
    return booked(replace(event, icon="undo", tone="info", title=title), data, names)


SOURCES = (
    Source("facts", sql_of("promises"), {"promised": _promised, "promise_ended": _ended}),
    Source("consequences", sql_of("promise_decisions"), {"promise_decided": _decided}),
)
