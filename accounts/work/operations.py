"""What people do with work items. Every move leaves a row: who, when, why.

A move names the version that its page showed; if the item moved since, `Moved` is raised with what
happened, and nothing changes. `at` is the instant of the move.
"""

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, User, WorkItem, WorkMove
from accounts.operations import lock
from accounts.work import hardship, queues
from accounts.work.choices import CHOSEN, MoveKind, Outcome

WORK = "accounts.work_items"
ASSIGN = "accounts.assign_work"
MOST_SNOOZED = datetime.timedelta(days=92)


class Moved(Exception):
    """Somebody was faster: the item is not as shown; `since` are its moves since then."""

    def __init__(self, item: WorkItem, since: Sequence[WorkMove]) -> None:
        super().__init__(str(item))
        self.item, self.since = item, since


class NotPossible(Exception):
    """The move is not possible; the message says why."""


@transaction.atomic
def open_item(
    *,
    queue: str,
    key: str,
    customer: Customer | int,
    title_context: Mapping[str, Any] | None = None,
    due_at: datetime.datetime | None = None,
    at: datetime.datetime,
    on: datetime.date | None = None,
    priority: int | None = None,
    subject_id: int | None = None,
    not_for: User | None = None,
) -> WorkItem:
    """Put an item into a queue; while it is open, the same key gives the same item.

    `on` is the business date of its cause, by default the local date of `at`; `not_for` is who may
    not take it. Raises NotPossible for a queue that nobody registered.
    """
    known = queues.find(queue)
    if known is None:
        raise NotPossible(_("there is no queue %(queue)s") % {"queue": queue})
    on = on or timezone.localdate(at)
    item, new = WorkItem.objects.get_or_create(
        queue=queue,
        key=key,
        done_at=None,
        defaults={
            "customer_id": customer if isinstance(customer, int) else customer.pk,
            "context": dict(title_context or {}),
            "opened_at": at,
            "cause_on": on,
            "due_at": due_at or known.due(timezone.localdate(at)),
            "priority": known.priority if priority is None else priority,
            "subject_id": subject_id,
            "not_for": not_for,
        },
    )
    if new and hardship.arrange(on=timezone.localdate(at), customer_id=item.customer_id):
        item.refresh_from_db()
    return item


@transaction.atomic
def close_item(
    *,
    queue: str,
    key: str,
    at: datetime.datetime,
    by: User | None = None,
    outcome: str = Outcome.DECIDED,
    words: str = "",
) -> WorkItem | None:
    """Close the open item of a cause that was settled elsewhere; None if there is none."""
    item = (
        WorkItem.objects.select_for_update(no_key=True)
        .filter(queue=queue, key=key, done_at=None)
        .first()
    )
    if item is None:
        return None
    kind = MoveKind.CLOSED if by is None else MoveKind.FINISHED
    ends = {"done_at": at, "done_by": by, "outcome": outcome, **_AWAKE}
    return _write(item, kind, by=by, at=at, words=words, **ends)


@transaction.atomic
def settle_in(
    *, queue: str, key: str, to: User | None, by: User | None, at: datetime.datetime
) -> WorkItem | None:
    """What its room decided elsewhere: the open item of a cause is this person's from now on, or
    nobody's (so too if they work on no items). `by` is None for the system; the room has seen to
    who may. None if there is no such item."""
    item = (
        WorkItem.objects.select_for_update(no_key=True)
        .filter(queue=queue, key=key, done_at=None)
        .first()
    )
    to = to if to is not None and to.has_perm(WORK) else None
    if item is None or item.assigned_to_id == (to.pk if to else None):
        return item
    if to is None:
        return _write(
            item, MoveKind.RELEASED, by=by, at=at, assigned_to=None, claimed_at=None, **_AWAKE
        )
    own = by is not None and by.pk == to.pk
    kind, given = (MoveKind.CLAIMED, None) if own else (MoveKind.ASSIGNED, to)
    return _write(item, kind, by=by, at=at, to=given, assigned_to=to, claimed_at=at, **_AWAKE)


@transaction.atomic
def give_back_all(*, of: Customer, had_by: User, at: datetime.datetime) -> int:
    """Nobody has any more what somebody had of a customer's: they are close to them, as its room
    has seen to. What follows its item elsewhere is that room's. How many items."""
    rows = WorkItem.objects.filter(customer=of, assigned_to=had_by, done_at=None)
    codes = [queue.code for queue in queues.all_queues() if queue.passed is None]
    found = list(rows.filter(queue__in=codes).select_for_update(no_key=True).order_by("pk"))
    for item in found:
        _write(item, MoveKind.RELEASED, by=None, at=at, assigned_to=None, claimed_at=None, **_AWAKE)
    return len(found)


@transaction.atomic
def claim(item_id: int, *, by: User, version: int, at: datetime.datetime) -> WorkItem:
    """Take an item that nobody has. Raises Moved or NotPossible."""
    item = _take(item_id, version)
    if item.assigned_to_id is not None:
        raise NotPossible(_("%(who)s has it already") % {"who": _name(item.assigned_to)})
    _may_have(item, by)
    return _claimed(item, by, at)


@transaction.atomic
def claim_next(
    *, by: User, codes: Sequence[str], at: datetime.datetime, after: int | None = None
) -> WorkItem | None:
    """What somebody should do now: the oldest overdue item of their own, or else the most urgent
    one that nobody has, which is claimed, or else their most urgent one.

    `after` is the item that they are at, and leave. Two people at once are never given the same.
    """
    closed = queues.closed_to(by)
    mine = _awake(at, closed).filter(assigned_to=by, queue__in=codes).exclude(pk=after)
    overdue: WorkItem | None = mine.filter(due_at__lt=at).order_by("due_at", "pk").first()
    if overdue is not None:
        return overdue
    for code in _by_urgency(codes, by, at, after, closed):
        free = _first_unlocked(_free(code, by, at, after, closed), code)
        if free is not None:
            return _claimed(free, by, at)
    last: WorkItem | None = mine.order_by("priority", "due_at", "pk").first()
    return last


@transaction.atomic
def assign(
    item_id: int, *, to: User, by: User, version: int, at: datetime.datetime, words: str = ""
) -> WorkItem:
    """Give an item to somebody, whoever has it now. Raises Moved or NotPossible."""
    item = _take(item_id, version)
    _not_barred(item, by)
    _may_have(item, to)
    moved = _write(
        item, MoveKind.ASSIGNED, by=by, at=at, to=to, words=words, assigned_to=to, claimed_at=at,
        **_AWAKE,
    )  # fmt: skip
    return _passed(moved, MoveKind.ASSIGNED, to, by, at, words)


@transaction.atomic
def hand_over(
    item_id: int, *, to: User, words: str, by: User, version: int, at: datetime.datetime
) -> WorkItem:
    """Pass one's own item on, with a note to the other. Raises Moved or NotPossible."""
    item = _take(item_id, version)
    _own(item, by)
    if not words.strip():
        raise NotPossible(_("tell the other what they need to know"))
    if to.pk == item.assigned_to_id:
        raise NotPossible(_("%(who)s has it already") % {"who": _name(to)})
    _may_have(item, to)
    moved = _write(
        item, MoveKind.HANDED_OVER, by=by, at=at, to=to, words=words, assigned_to=to,
        claimed_at=at, **_AWAKE,
    )  # fmt: skip
    return _passed(moved, MoveKind.HANDED_OVER, to, by, at, words)


@transaction.atomic
def release(
    item_id: int, *, by: User, version: int, at: datetime.datetime, words: str = ""
) -> WorkItem:
    """Give an item back to everybody. Raises Moved or NotPossible."""
    item = _take(item_id, version)
    if item.assigned_to_id is None:
        raise NotPossible(_("nobody has it"))
    _own(item, by)
    moved = _write(
        item, MoveKind.RELEASED, by=by, at=at, words=words, assigned_to=None, claimed_at=None,
        **_AWAKE,
    )  # fmt: skip
    return _passed(moved, MoveKind.RELEASED, None, by, at, words)


@transaction.atomic
def snooze(
    item_id: int,
    *,
    until: datetime.datetime,
    words: str,
    by: User,
    version: int,
    at: datetime.datetime,
) -> WorkItem:
    """Let an item rest until a moment, for a reason; it stays with whoever has it.

    Raises Moved, or NotPossible for a moment that is past or further away than a quarter.
    """
    item = _take(item_id, version)
    _own(item, by)
    if not words.strip():
        raise NotPossible(_("say what it waits for"))
    if not at < until <= at + MOST_SNOOZED:
        raise NotPossible(_("an item can rest from now on for up to three months"))
    return _write(
        item, MoveKind.SNOOZED, by=by, at=at, until=until, words=words, snoozed_until=until,
        snoozed_why=words.strip()[:300],
    )  # fmt: skip


@transaction.atomic
def wake(item_id: int, *, by: User, version: int, at: datetime.datetime) -> WorkItem:
    """Take a resting item up again before its time. Raises Moved or NotPossible."""
    item = _take(item_id, version)
    _own(item, by)
    if item.snoozed_until is None:
        raise NotPossible(_("it does not rest"))
    return _write(item, MoveKind.WOKEN, by=by, at=at, **_AWAKE)


@transaction.atomic
def finish(
    item_id: int,
    *,
    outcome: str,
    by: User,
    version: int,
    at: datetime.datetime,
    words: str = "",
) -> WorkItem:
    """Say how it ended. Raises Moved or NotPossible."""
    if outcome not in CHOSEN:
        raise NotPossible(_("choose how it ended"))
    if outcome == Outcome.OTHER and not words.strip():
        raise NotPossible(_("say how it ended, in words"))
    item = _take(item_id, version)
    _own(item, by)
    ends = {"done_at": at, "done_by": by, "outcome": outcome, **_AWAKE}
    moved = _write(item, MoveKind.FINISHED, by=by, at=at, words=words, **ends)
    return _passed(moved, MoveKind.FINISHED, None, by, at, words)


_AWAKE: dict[str, Any] = {"snoozed_until": None, "snoozed_why": ""}


def _take(item_id: int, version: int) -> WorkItem:
    """The item as the page showed it, locked until the move is written; its customer before it,
    where something else follows the item: acts on that take the two in this order."""
    known = WorkItem.objects.only("queue", "customer_id").get(pk=item_id)
    if _follows(known.queue):
        lock(known.customer_id)
    item = WorkItem.objects.select_for_update(no_key=True).get(pk=item_id)
    if item.version != version:
        since = item.moves.filter(version__gt=version).select_related("by", "to")
        raise Moved(item, list(since.order_by("pk")))
    if item.done_at is not None:
        raise NotPossible(_("it is finished already"))
    return item


def _follows(code: str) -> bool:
    queue = queues.find(code)
    return queue is not None and queue.passed is not None


def _first_unlocked(rows: QuerySet[WorkItem], code: str) -> WorkItem | None:
    """The first that nobody else moves at this moment; with its customer where that is locked
    first elsewhere: what never waits is in nobody's way."""
    if not _follows(code):
        return rows.select_for_update(skip_locked=True, no_key=True).first()
    return (
        rows.select_related("customer")
        .defer("customer__phone", "customer__id_number")
        .select_for_update(skip_locked=True, no_key=True, of=("self", "customer"))
        .first()
    )


def _claimed(item: WorkItem, by: User, at: datetime.datetime) -> WorkItem:
    moved = _write(item, MoveKind.CLAIMED, by=by, at=at, assigned_to=by, claimed_at=at, **_AWAKE)
    return _passed(moved, MoveKind.CLAIMED, by, by, at)


def _passed(
    item: WorkItem,
    kind: MoveKind,
    to: User | None,
    by: User,
    at: datetime.datetime,
    words: str = "",
) -> WorkItem:
    """Tell the room of the queue, if it wants to know."""
    queue = queues.find(item.queue)
    if queue is not None and queue.passed is not None:
        queue.passed(queues.Passed(item, kind, to, by, at, words))
    return item


def _own(item: WorkItem, by: User) -> None:
    """What somebody has is moved by them, or by who assigns the work; what nobody has, by all."""
    if item.assigned_to_id in (None, by.pk) or by.has_perm(ASSIGN):
        _allowed_to(item, by)
        return
    raise NotPossible(_("%(who)s has it; ask for it") % {"who": _name(item.assigned_to)})


def _allowed_to(item: WorkItem, user: User) -> None:
    if item.not_for_id == user.pk:
        raise NotPossible(_("it is %(who)s's own request: somebody else decides it")
                          % {"who": _name(user)})  # fmt: skip
    if not _allowed(item.queue, user):
        raise NotPossible(_("%(who)s may not work on this queue") % {"who": _name(user)})
    _not_barred(item, user)


def _not_barred(item: WorkItem, user: User) -> None:
    if why := queues.barred(user, item):
        raise NotPossible(_("it is not for %(who)s: %(why)s") % {"who": _name(user), "why": why})


def _may_have(item: WorkItem, user: User) -> None:
    if not (user.is_active and user.is_staff and user.has_perm(WORK)):
        raise NotPossible(_("%(who)s does not work on items") % {"who": _name(user)})
    _allowed_to(item, user)


def _allowed(code: str, user: User) -> bool:
    queue = queues.find(code)
    return queue is not None and user.has_perm(queue.permission)


def _awake(at: datetime.datetime, closed: Collection[int]) -> Any:
    """Open items that do not rest, but of these customers."""
    rows = WorkItem.objects.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=at), done_at=None)
    return rows.exclude(customer_id__in=closed) if closed else rows


def _by_urgency(
    codes: Sequence[str],
    by: User,
    at: datetime.datetime,
    after: int | None,
    closed: Collection[int],
) -> list[str]:
    """The queues that have something free, in the order of their most urgent item. Looked at
    without a lock: one held on each would hide them from whoever presses next at the same time."""
    heads = {
        code: _free(code, by, at, after, closed).first() for code in codes if _allowed(code, by)
    }
    found = {code: item for code, item in heads.items() if item is not None}
    return sorted(found, key=lambda code: _urgency(found[code]))


def _free(
    code: str, by: User, at: datetime.datetime, after: int | None, closed: Collection[int]
) -> QuerySet[WorkItem]:
    """The items of a queue that nobody has and somebody may have, the most urgent first."""
    queue = queues.find(code)
    barring = queue.barring(by) if queue is not None and queue.barring is not None else Q()
    rows: QuerySet[WorkItem] = (
        _awake(at, closed)
        .filter(queue=code, assigned_to=None)
        .exclude(pk=after)
        .exclude(not_for=by.pk)
        .order_by("priority", "due_at", "pk")
    )
    return rows.exclude(barring) if barring else rows


def _urgency(item: WorkItem) -> tuple[int, datetime.datetime, int]:
    return item.priority, item.due_at, item.pk


def _write(
    item: WorkItem,
    kind: MoveKind,
    *,
    by: User | None,
    at: datetime.datetime,
    to: User | None = None,
    until: datetime.datetime | None = None,
    words: str = "",
    **columns: Any,
) -> WorkItem:
    for name, value in columns.items():
        setattr(item, name, value)
    WorkItem.objects.filter(pk=item.pk).update(version=F("version") + 1, **columns)
    item.version += 1
    WorkMove.objects.create(
        item=item, kind=kind, version=item.version, at=at, by=by, to=to, until=until,
        words=words.strip()[:2000],
    )  # fmt: skip
    return item


def _name(user: User | None) -> str:
    return "" if user is None else user.get_full_name() or user.username
