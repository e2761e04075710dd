"""What followed for the credit status, and what of it was taken back."""

import datetime
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.desk.formats import percent, signed, words_date
from risk.choices import Cause, Effect, Trigger
from risk.timeline.events import Data, Event, Names
from risk.timeline.sources import Source, sql_of


def _episode_opened(event: Event, data: Data, names: Names) -> Event:
    title = _("%(line)s: overdue") % {"line": names.line(data)}
    return replace(event, icon="schedule", tone="bad", title=title, model="risk.episode")


def _episode_severe(event: Event, data: Data, names: Names) -> Event:
    title = _("%(line)s: seriously overdue") % {"line": names.line(data)}
    return replace(event, icon="priority_high", tone="bad", title=title, model="risk.episode")


def _episode_cured(event: Event, data: Data, names: Names) -> Event:
    title = _("%(line)s: no longer overdue") % {"line": names.line(data)}
    return replace(event, icon="check_circle", tone="good", title=title, model="risk.episode")


def _point(event: Event, data: Data, names: Names) -> Event:
    return replace(
        event,
        icon="trending_up" if data["points"] > 0 else "trending_down",
        tone="good" if data["points"] > 0 else "warn",
        title=_("Score %(points)s: %(cause)s")
        % {
            "points": signed(data["points"]),
            "cause": cause_words(data["cause"], data["threshold"]),
        },
        model="risk.point",
    )


def _alert_opened(event: Event, data: Data, names: Names) -> Event:
    title = _("Alert %(code)s: %(points)s points lost") % data
    return replace(
        event, icon="notification_important", tone="bad", title=title, model="risk.alert"
    )


def _alert_closed(event: Event, data: Data, names: Names) -> Event:
    title = _("Alert %(code)s closed") % data
    return replace(event, icon="notifications_off", tone="good", title=title, model="risk.alert")


def _restricted(event: Event, data: Data, names: Names) -> Event:
    if data["effect"] == Effect.SUSPEND:
        text = _("%(line)s suspended: %(why)s")
    else:
        text = _("%(line)s reduced to %(share)s: %(why)s")
    figures = {
        "line": names.line(data),
        "why": Trigger(data["trigger"]).label,
        "share": percent(Decimal(data["factor"])),
    }
    return replace(
        event,
        icon="lock",
        tone="bad" if data["effect"] == Effect.SUSPEND else "warn",
        title=text % figures,
        model="risk.restriction",
    )


def _released(event: Event, data: Data, names: Names) -> Event:
    figures = {"line": names.line(data), "why": Trigger(data["trigger"]).label}
    return replace(
        event,
        icon="lock_open",
        tone="good",
        title=_("%(line)s: restriction lifted (%(why)s)") % figures,
        model="risk.restriction",
    )


def cause_words(cause: str, threshold: int) -> str:
    """Why points were given, with their milestone: `8 days past due`."""
    texts: dict[str, Callable[[], str]] = {
        Cause.PAST_DUE: lambda: ngettext(
            "%(n)s day past due reached", "%(n)s days past due reached", threshold
        ),
        Cause.REPEAT: lambda: ngettext(
            "Overdue for the %(n)s time within a year",
            "Overdue %(n)s times within a year",
            threshold,
        ),
        Cause.CLEAN: lambda: ngettext(
            "%(n)s day without arrears", "%(n)s days without arrears", threshold
        ),
        Cause.TENURE: lambda: ngettext(
            "%(n)s year as a customer", "%(n)s years as a customer", threshold
        ),
    }
    if cause in texts:
        return texts[cause]() % {"n": threshold}
    return str(Cause(cause).label)


def _correction(event: Event, data: Data, names: Names) -> Event:
    text = ngettext(
        "Correction: %(n)s consequence taken back",
        "Correction: %(n)s consequences taken back",
        data["taken_back"],
    )
    cause = names.causes.get(data["because_of"])
    detail = ""
    if cause is not None:
        detail = _("because of %(kind)s %(number)s, which counts from %(day)s") % {
            "kind": cause.get_kind_display(),
            "number": cause.number or cause.bill_number or "",
            "day": words_date(cause.value_on),
        }
    return replace(
        event,
        icon="history",
        tone="info",
        title=text % {"n": data["taken_back"]},
        detail=detail,
        at=datetime.datetime.fromisoformat(data["at"]),
        model="",
    )


SOURCES = (
    Source(
        "consequences",
        sql_of("credit"),
        {
            "episode_opened": _episode_opened,
            "episode_severe": _episode_severe,
            "episode_cured": _episode_cured,
            "point": _point,
            "alert_opened": _alert_opened,
            "alert_closed": _alert_closed,
            "restricted": _restricted,
            "released": _released,
        },
        subjects={
            "episode_opened": "episode",
            "episode_severe": "episode",
            "episode_cured": "episode",
            "point": "point",
            "alert_opened": "alert",
            "alert_closed": "alert",
            "restricted": "restriction",
            "released": "restriction",
        },
    ),
    Source("corrections", sql_of("corrections"), {"correction": _correction}),
)
