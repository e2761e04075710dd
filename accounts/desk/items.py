"""A work item as the desk shows it: in a list, on its page, on its customer's page."""

import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from accounts.desk import stale
from accounts.models import Customer, User, WorkItem
from accounts.work import queries, queues
from accounts.work.choices import CHOSEN, Priority
from accounts.work.operations import ASSIGN, WORK

VIEW = "accounts.view_workitem"
SHOWN = {
    "assigned_to": gettext_lazy("assigned to"),
    "snoozed_until": gettext_lazy("snoozed until"),
    "outcome": gettext_lazy("outcome"),
}
_TONES = {
    Priority.HARDSHIP: "info", Priority.URGENT: "bad", Priority.HIGH: "warn", Priority.NORMAL: "",
    Priority.LOW: "",
}  # fmt: skip


def member(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the admin lets nobody else in
    return request.user


def dress(item: Any, at: datetime.datetime) -> Any:
    """Give an item the words and addresses that its row shows."""
    queue = queues.find(item.queue)
    item.title = queues.titled(item)
    item.queue_label = queue.label if queue else item.queue
    item.address = f"{queue.address(item)}?item={item.pk}" if queue else ""
    item.overdue = item.done_at is None and item.due_at < at
    item.sleeps = item.snoozed_until is not None and item.snoozed_until > at
    item.gone_words = queue.gone if queue else ""
    item.tone = _TONES[Priority(item.priority)]
    item.seen = seen(item)
    return item


def seen(item: WorkItem) -> str:
    """What a page shows of an item, signed: its moves say what they were made upon."""
    return stale.token({"version": item.version, **state(item)})


def state(item: WorkItem) -> dict[str, str]:
    until = item.snoozed_until
    return {
        "assigned_to": person(item.assigned_to),
        "snoozed_until": date_format(timezone.localtime(until), "Y-m-d H:i") if until else "",
        "outcome": str(item.get_outcome_display()),
    }


def person(user: User | None) -> str:
    return "" if user is None else user.get_full_name() or user.username


def is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def strip(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """The open items of a customer, for their page."""
    user, at = member(request), timezone.now()
    if not user.has_perm(VIEW):
        return {}
    items = [dress(item, at) for item in queries.of_customer(customer.pk, user)]
    asked = request.GET.get("item", "")
    may_assign = user.has_perm(ASSIGN)
    for item in items:
        item.mine = item.assigned_to_id == user.pk
        item.movable = item.assigned_to_id in (None, user.pk) or may_assign
        item.own = item.not_for_id == user.pk
    return {
        "items": items,
        "at_item": int(asked) if is_id(asked) else None,
        "may_work": user.has_perm(WORK),
        "outcomes": [(choice.value, choice.label) for choice in CHOSEN],
    }


def badge(request: HttpRequest) -> str:
    """How many items somebody has, beside the page's name."""
    user = request.user
    if not (isinstance(user, User) and user.has_perm(VIEW)):
        return "0"
    return queries.badge(user, timezone.now())
