"""The approvers' queue: an item a request, not for who asked, closed with the decision."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.desk.formats import money
from accounts.models import ActRequest, User, WorkItem
from accounts.work import operations, sync
from accounts.work.choices import Outcome, Priority
from accounts.work.queues import Queue, register

CODE = "approvals"

_STANDS = """
exists (select from accounts_actrequest r where r.id = i.subject_id and r.status = 'waiting')
"""


def title(context: Mapping[str, Any]) -> str:
    """The act that is asked for, and what it weighs."""
    from accounts.acts import find  # the acts know the models, as this does

    act = find(str(context.get("act")))
    name = str(act.label) if act else str(context.get("act"))
    amount = Decimal(context.get("amount") or 0)
    return f"{name} \N{MIDDLE DOT} {money(amount)}" if amount else name


def _address(item: WorkItem) -> str:
    return reverse("admin:accounts_actrequest_change", args=[item.subject_id])


QUEUE = Queue(
    code=CODE,
    label=_("Requests for approval"),
    permission="accounts.approve_acts",
    title=title,
    days=1,
    priority=Priority.HIGH,
    stands=_STANDS,
    gone=_("The request was withdrawn or has expired."),
    link=_address,
)


def asked(request: ActRequest) -> None:
    """A request waits from now on; whoever asked is never given it."""
    operations.open_item(
        queue=CODE,
        key=str(request.pk),
        customer=request.customer_id,
        title_context={"act": request.act, "amount": str(request.amount)},
        at=request.requested_at,
        subject_id=request.pk,
        not_for=request.requested_by,
    )


def decided(request: ActRequest, by: User) -> None:
    operations.close_item(
        queue=CODE, key=str(request.pk), at=request.decided_at or request.requested_at, by=by,
        outcome=Outcome.DECIDED,
    )  # fmt: skip


def expired(at: datetime.datetime) -> None:
    sync.close_gone_of(QUEUE, at)


def announce() -> None:
    register(QUEUE)
