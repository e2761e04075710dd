"""The work that a night leaves for the staff: a step after its last day has closed.

It belongs to no day's grid: a day is closed without it, and each look at the calendar makes up for
what a dead worker left out.
"""

from django.db import Error
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from structlog import get_logger

from accounts.models import WorkItem
from accounts.work import sync
from accounts.work.choices import Priority
from accounts.work.queues import Queue, register
from billing.choices import DayStatus
from billing.models import BusinessDay

log = get_logger(__name__)


def _address(item: WorkItem) -> str:
    return reverse("admin:billing_quarantine_change", args=[item.subject_id])


QUARANTINE = Queue(
    code="quarantine",
    label=_("Quarantined customers"),
    permission="billing.view_quarantine",
    title=lambda context: _("Not opened since %(since)s") % context,
    days=0,
    priority=Priority.URGENT,
    of="q",
    causes="""
        select q.id::text as key, q.id as subject_id, q.customer_id, q.since as cause_on,
               1 as priority, jsonb_build_object('since', q.since) as context
        from billing_quarantine q
        where q.released_at is null and q.since <= %(through)s and {only}
          and %(since)s::date <= %(through)s
    """,
    stands="""
        exists (
            select from billing_quarantine q where q.id = i.subject_id and q.released_at is null
        )
    """,
    gone=_("The customer is released."),
    link=_address,
)


def announce() -> None:
    register(QUARANTINE)


def catch_up() -> list[sync.Counts]:
    """Bring the queues in line with the last day that is closed, unless they are already.

    What fails here fails no night: it is logged, and the next look tries again.
    """
    closed = BusinessDay.objects.filter(status=DayStatus.CLOSED).order_by("-on")
    last = closed.values_list("on", flat=True).first()
    if last is None or not sync.due(last):
        return []
    try:
        return sync.sync(last, at=timezone.now())
    except Error as error:
        log.error("work_lists_failed", day=str(last), error=str(error)[:2000])
        return []
