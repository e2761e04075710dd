"""The first page with what only this room knows: whether days are due, and signs of life."""

import time
from dataclasses import dataclass
from typing import Any

import redis
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.choices import DayStatus
from billing.models import BusinessDay
from config import tasks
from config.night.tasks import due_through
from risk.desk import start

_PROCESSES: dict[str, str | Promise] = {
    "beat": gettext_lazy("Beat"),
    "worker": gettext_lazy("Worker"),
}
_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True)
class Sign:
    """How a process does: `tone` is that of a pill, empty where nothing is known."""

    name: str | Promise
    words: str
    tone: str


def context(request: HttpRequest, shown: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK."""
    shown = start.context(request, shown)
    if request.user.has_perm("billing.view_businessday"):
        shown["signs"] = [_sign(process) for process in _PROCESSES]
        shown["last_closed"], shown["days_due"] = _calendar()
    return shown


def _sign(process: str) -> Sign:
    name = _PROCESSES[process]
    try:
        seen = tasks.last_alive(process)
    except (redis.RedisError, ImproperlyConfigured):
        return Sign(name, _("unknown: the cache is away"), "")
    if seen is None:
        return Sign(name, _("unknown: not seen within 24 hours"), "")
    ago = max(time.time() - seen, 0)
    return Sign(name, _seen(ago), "warn" if ago > tasks.LATE_SECONDS else "good")


def _seen(ago: float) -> str:
    if ago < _MINUTE:
        return _("last seen less than a minute ago")
    if ago < _HOUR:
        minutes = int(ago // _MINUTE)
        return ngettext("last seen %(n)s minute ago", "last seen %(n)s minutes ago", minutes) % {
            "n": minutes
        }
    hours = int(ago // _HOUR)
    return ngettext("last seen %(n)s hour ago", "last seen %(n)s hours ago", hours) % {"n": hours}


def _calendar() -> tuple[Any, int]:
    """The last day that is closed, and how many days since then are due."""
    last = (
        BusinessDay.objects.filter(status=DayStatus.CLOSED)
        .order_by("-on")
        .values_list("on", flat=True)
        .first()
    )
    due = due_through(timezone.localtime())
    return last, max((due - last).days, 0) if last else 0
