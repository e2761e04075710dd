"""What waits for somebody, and for how long.

Requests and quarantine are few and looked up now, through their partial indexes; open alerts and
disputes can be many, so their ages are those that the last close counted.
"""

import datetime
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.desk.links import list_address
from accounts.models import ActRequest, Notice, WebhookDelivery
from accounts.notices.choices import State
from accounts.outbox.choices import DeliveryState
from accounts.staff_acts import RequestStatus
from billing.models import Quarantine
from risk.at_a_glance import QUEUE_DAYS
from risk.desk.drawing import share
from risk.desk.glance import Glance

#: A live queue is counted up to here.
MOST = 1000

AGES: tuple[str | Promise, ...] = (
    _("up to 1 day"),
    _("2–7 days"),
    _("8–30 days"),
    _("more than 30 days"),
)


@dataclass(frozen=True)
class Band:
    """Those of one age; `x` and `width` place it in a bar of 100."""

    age: str | Promise
    count: int
    x: str
    width: str


@dataclass(frozen=True)
class Queue:
    """`more` says that it holds more than was counted; `oldest` is an age in days."""

    name: str | Promise
    count: int
    more: bool
    oldest: int | None
    bands: list[Band]
    url: str


def queues(glance: Glance) -> list[Queue]:
    """The queues that the user may view, empty ones too."""
    today = timezone.localdate()
    found = []
    may = glance.user.has_perm
    if may("accounts.view_actrequest"):
        waiting = ActRequest.objects.filter(status=RequestStatus.WAITING)
        url = list_address(glance.user, "accounts.actrequest")
        found.append(_live(_("Requests for approval"), url, waiting, "requested_at", today))
    if may("billing.view_quarantine"):
        left_out = Quarantine.objects.filter(released_at=None)
        url = list_address(glance.user, "billing.quarantine", state="still")
        found.append(_live(_("Quarantine"), url, left_out, "quarantined_at", today))
    if may("accounts.view_notice"):
        failed = Notice.objects.filter(state=State.FAILED)
        url = list_address(glance.user, "accounts.notice", state__exact=State.FAILED.value)
        found.append(_live(_("Notices that failed"), url, failed, "queued_at", today))
    if may("accounts.view_webhookdelivery"):
        dead = WebhookDelivery.objects.filter(state=DeliveryState.DEAD)
        url = list_address(
            glance.user, "accounts.webhookdelivery", state__exact=DeliveryState.DEAD.value
        )
        found.append(_live(_("Webhooks given up"), url, dead, "next_at", today))
    if may("risk.view_alert") and glance.on:
        url = list_address(glance.user, "risk.alert", state="standing")
        found.append(_counted(_("Open alerts"), url, glance, "alerts"))
    if may("billing.view_dispute") and glance.on:
        url = list_address(glance.user, "billing.dispute", outcome__isnull="True")
        found.append(_counted(_("Open disputes"), url, glance, "disputes"))
    return found


def _live(
    name: str | Promise, url: str, rows: QuerySet[Any], column: str, today: datetime.date
) -> Queue:
    since = list(rows.order_by(column).values_list(column, flat=True)[: MOST + 1])
    days = [(today - timezone.localdate(moment)).days for moment in since[:MOST]]
    ages = [0] * len(QUEUE_DAYS)
    for age in days:
        ages[bisect_right(QUEUE_DAYS, max(age, 0)) - 1] += 1
    return _queue(name, url, ages, days[0] if days else None, more=len(since) > MOST)


def _counted(name: str | Promise, url: str, glance: Glance, key: str) -> Queue:
    ages, first = glance.queue(key)
    oldest = (glance.on - first).days if first and glance.on else None
    return _queue(name, url, ages or [0] * len(QUEUE_DAYS), oldest)


def _queue(
    name: str | Promise, url: str, ages: list[int], oldest: int | None, *, more: bool = False
) -> Queue:
    count = sum(ages)
    bands = [
        Band(
            age=age,
            count=n,
            x=f"{100 * sum(ages[:i]) / count:.2f}" if count else "0",
            width=share(n, count),
        )
        for i, (age, n) in enumerate(zip(AGES, ages, strict=False))
    ]
    return Queue(name, count, more, oldest, bands, url)
