"""The queues that the rooms register."""

import datetime
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise

from accounts.models import User, WorkItem
from accounts.work.choices import MoveKind, Priority

Words = str | Promise


@dataclass(frozen=True)
class Passed:
    """An item that came into other hands, or was finished: what its room may follow or refuse.

    `to` has it from now on; None if nobody does. `by` and `at` are the move's, so are `words`.
    """

    item: WorkItem
    kind: MoveKind
    to: User | None
    by: User
    at: datetime.datetime
    words: str = ""


@dataclass(frozen=True)
class Queue:
    """One list of work.

    `permission` is what somebody needs to see it and to be given its items. `title` makes the few
    words of an item from its context, in the reader's language. `days` is how many days after its
    cause an item is due, at the end of the day.

    `causes` is SQL that gives a row (key, subject_id, customer_id, cause_on, priority, context)
    for every cause after %(since)s and up to %(through)s that stands; its {only} becomes a
    condition on `customer_id` of the alias in `of`. `stands` is an SQL condition on an open item
    `i` that holds while its cause does; `gone` says why the item closed itself when it does not.

    Where an item is not for everybody of the queue: `barred` says why somebody may not have it
    (empty if they may), and `barring` is the same as a condition on items, for whole lists. Where
    something else is theirs with the item: `passed` is told in the transaction of the move, under
    the customer's lock, and may raise NotPossible.
    """

    code: str
    label: Words
    permission: str
    title: Callable[[Mapping[str, Any]], str]
    days: int = 1
    priority: int = Priority.NORMAL
    causes: str = ""
    of: str = ""
    stands: str = ""
    gone: Words = ""
    link: Callable[[WorkItem], str] | None = None
    barred: Callable[[User, WorkItem], str] | None = None
    barring: Callable[[User], Q] | None = None
    passed: Callable[[Passed], None] | None = None

    def due(self, on: datetime.date) -> datetime.datetime:
        """The end of the day on which an item with a cause of `on` is due."""
        end = datetime.datetime.combine(on + datetime.timedelta(days=self.days), _LAST)
        return timezone.make_aware(end)

    def address(self, item: WorkItem) -> str:
        """Where an item is worked on: its customer's page, unless the queue has another."""
        if self.link is not None:
            return self.link(item)
        return reverse("admin:accounts_customer_change", args=[item.customer_id])


@dataclass(frozen=True)
class Closeness:
    """Customers whose items are not for somebody, whatever the queue: `customers` names them, in
    one question; `why` says it of one of them."""

    customers: Callable[[User], Collection[int]]
    why: Words


_LAST = datetime.time(23, 59, 59)
_queues: dict[str, Queue] = {}
_close: list[Closeness] = []


def keep_apart(closeness: Closeness) -> None:
    """A room knows whom somebody is close to: from now on no list offers them those items."""
    _close.append(closeness)


def closed_to(user: User) -> frozenset[int]:
    """The customers whose items are not for somebody: few, for it is whom they are close to."""
    return frozenset(pk for one in _close for pk in one.customers(user))


def barred(user: User, item: WorkItem) -> str:
    """Why somebody may not have an item, in words; empty if nothing speaks against it."""
    for one in _close:
        if item.customer_id in one.customers(user):
            return str(one.why)
    queue = find(item.queue)
    return queue.barred(user, item) if queue is not None and queue.barred is not None else ""


def register(*queues: Queue) -> None:
    for queue in queues:
        _queues[queue.code] = queue


def find(code: str) -> Queue | None:
    return _queues.get(code)


def all_queues() -> list[Queue]:
    """In the order of registration."""
    return list(_queues.values())


def of(user: User) -> list[Queue]:
    """Those that somebody may see."""
    if not user.has_perm("accounts.view_workitem"):
        return []
    return [queue for queue in _queues.values() if user.has_perm(queue.permission)]


def chosen(code: str, user: User) -> list[str]:
    """The codes of the queue that somebody asks for, or of all that they may see."""
    codes = [queue.code for queue in of(user)]
    return [code] if code in codes else codes


def titled(item: WorkItem) -> str:
    """What an item is about, in a few words."""
    queue = find(item.queue)
    return queue.title(item.context) if queue else item.key
