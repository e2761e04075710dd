"""The two clocks of an appeal as the desk shows them."""

import datetime
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.desk.formats import words_date
from appeals.clocks import legal
from appeals.models import Appeal

#: Days left from which on the legal clock is shown in amber, and in red.
NEAR, NEXT = 10, 5
_SOON = datetime.timedelta(hours=24)


@dataclass(frozen=True)
class Face:
    """`tone` as pills have it; `says` in a few words; `due` the whole date."""

    name: str | Promise
    tone: str
    says: str
    due: str


def law(appeal: Appeal, now: datetime.datetime) -> Face:
    """Calendar days until the answer is late by law; it never rests."""
    days = legal.left(appeal.legal_due_on, timezone.localdate(appeal.ended_at or now))
    due = words_date(appeal.legal_due_on)
    name = _("By law")
    if not appeal.is_open:
        late = days < 0
        return Face(name, "bad" if late else "good", _("too late") if late else _("in time"), due)
    if days < 0:
        text = ngettext("overrun by %(n)s day", "overrun by %(n)s days", -days)
        return Face(name, "bad", text % {"n": -days}, due)
    if days == 0:
        return Face(name, "bad", _("ends today"), due)
    tone = "bad" if days <= NEXT else "warn" if days <= NEAR else "good"
    return Face(name, tone, ngettext("%(n)s day left", "%(n)s days left", days) % {"n": days}, due)


def service(appeal: Appeal, now: datetime.datetime) -> Face:
    """What we promised, in working hours; it rests while the customer has to answer."""
    name = _("Our promise")
    if appeal.service_due_at is None:
        hours = max(appeal.service_left or 0, 0) // 3600
        text = _("rests, %(n)s h left") % {"n": hours}
        return Face(name, "info", text, _("goes on with the answer"))
    until = timezone.localtime(appeal.service_due_at)
    due = f"{until:%Y-%m-%d %H:%M}"
    moment = appeal.ended_at or now
    if appeal.service_due_at < moment:
        return Face(name, "bad", _("overrun") if appeal.is_open else _("too late"), due)
    if not appeal.is_open:
        return Face(name, "good", _("in time"), due)
    soon = appeal.service_due_at - moment <= _SOON
    return Face(
        name,
        "warn" if soon else "good",
        _("until %(when)s") % {"when": f"{until:%m-%d %H:%M}"},
        due,
    )


def both(appeal: Appeal, now: datetime.datetime) -> tuple[Face, Face]:
    return law(appeal, now), service(appeal, now)
