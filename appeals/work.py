"""Open appeals as work items: one queue, by the nearer of the two clocks; and one for those who
lead, of what is about to be late by law."""

import datetime
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User, WorkItem
from accounts.work import operations as work
from accounts.work import queues
from accounts.work.choices import Priority
from accounts.work.hasten import hasten
from appeals.choices import Kind
from appeals.eligibility import HANDLE, LEAD, barred, barring, close_to
from appeals.models import Appeal

QUEUE, LATE = "appeals", "appeals_late"
_LAST = datetime.time(23, 59, 59)


def opened(appeal: Appeal, *, at: datetime.datetime) -> None:
    """An item for an appeal that was filed, due when the first of its promises is."""
    end = _end(appeal.legal_due_on)
    work.open_item(
        queue=QUEUE,
        key=appeal.number,
        customer=appeal.customer_id,
        title_context={"number": appeal.number, "kind": appeal.kind},
        due_at=min(appeal.service_due_at or end, end),
        at=at,
        on=appeal.received_on,
        subject_id=appeal.pk,
    )


def given(appeal: Appeal, to: User | None, *, by: User | None, at: datetime.datetime) -> None:
    """Whoever has the appeal has its item; nobody, if nobody has it. `by` is None where the system
    gave it to whoever has the least to do."""
    work.settle_in(queue=QUEUE, key=appeal.number, to=to, by=by, at=at)


def alarmed(rows: Collection[Mapping[str, Any]], *, at: datetime.datetime) -> None:
    """The legal clock of these came near its end: more urgent for whoever has them; for those who
    lead, too, when a day or less is left, or when nobody has it."""
    numbers = [str(row["number"]) for row in rows]
    near = [str(row["number"]) for row in rows if row["left"] <= 5]
    hasten(queue=QUEUE, keys=numbers, priority=Priority.HIGH)
    hasten(queue=QUEUE, keys=near, priority=Priority.URGENT)
    for row in rows:
        if row["left"] <= 1 or row["assigned_to_id"] is None:
            work.open_item(
                queue=LATE,
                key=str(row["number"]),
                customer=int(row["customer_id"]),
                title_context={"number": row["number"], "kind": row["kind"]},
                due_at=_end(row["legal_due_on"]),
                at=at,
                priority=Priority.URGENT,
                subject_id=int(row["id"]),
            )


def closed(appeal: Appeal, *, by: User | None, at: datetime.datetime) -> None:
    for queue in (QUEUE, LATE):
        work.close_item(queue=queue, key=appeal.number, at=at, by=by)


def announce(passed: Callable[[queues.Passed], None]) -> None:
    """Make the queues known. An appeal goes with its item (`passed`); one about to be late is
    somebody's to see to, who need not be the one to handle it. What is of a customer with whom
    somebody declared a conflict is not for them, whatever the queue."""
    queues.keep_apart(
        queues.Closeness(
            customers=close_to,
            why=gettext_lazy("A conflict of interest with this customer is declared."),
        )
    )
    queues.register(
        queues.Queue(
            code=QUEUE,
            label=gettext_lazy("Appeals"),
            permission=HANDLE,
            title=_title,
            link=_address,
            barred=_barred,
            barring=_barring,
            passed=passed,
        ),
        queues.Queue(
            code=LATE,
            label=gettext_lazy("Appeals about to be late"),
            permission=LEAD,
            title=_late_title,
            priority=Priority.URGENT,
            link=_address,
            barred=_barred,
            barring=_barring,
        ),
    )


def _barred(user: User, item: WorkItem) -> str:
    appeal = (
        Appeal.objects.select_related("second_review_of").filter(pk=item.subject_id or 0).first()
    )
    return barred(user, appeal) if appeal else ""


def _barring(user: User) -> Q:
    return barring(user, appeal="subject_id")


def _title(context: Mapping[str, Any]) -> str:
    return f"{Kind(context['kind']).label} {context['number']}"


def _late_title(context: Mapping[str, Any]) -> str:
    return _("The law's term runs out: %(what)s") % {"what": _title(context)}


def _address(item: WorkItem) -> str:
    return reverse("admin:appeals_appeal_change", args=[item.subject_id])


def _end(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, _LAST))
