"""Questions about work items; each costs the same however long the lists are."""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import User, WorkItem
from accounts.work import queues
from accounts.work.operations import WORK

#: Items are counted up to here.
MOST = 1000
TABS = ("mine", "unassigned", "overdue", "snoozed", "all")
#: Seconds that the count beside the page's name is kept.
BADGE_SECONDS = 30


@dataclass(frozen=True)
class Count:
    """A count that stops at MOST."""

    n: int

    def __str__(self) -> str:
        return f"{MOST:,}+" if self.n > MOST else f"{self.n:,}"

    def __bool__(self) -> bool:
        return self.n > 0


def tab(
    name: str,
    *,
    user: User,
    codes: Sequence[str],
    at: datetime.datetime,
    closed: Collection[int] | None = None,
) -> QuerySet[Any]:
    """The open items of one tab of the desk, without those of the customers whom its reader is
    close to (`closed`, asked for unless given)."""
    closed = queues.closed_to(user) if closed is None else closed
    rows = _open_of(closed).filter(queue__in=codes)
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=at)
    if name == "mine":
        return rows.filter(awake, assigned_to=user)
    if name == "unassigned":
        return rows.filter(awake, assigned_to=None)
    if name == "overdue":
        return rows.filter(awake, due_at__lt=at)
    if name == "snoozed":
        return rows.filter(snoozed_until__gt=at)
    return rows


def tab_counts(*, user: User, codes: Sequence[str], at: datetime.datetime) -> dict[str, Count]:
    """How many items each tab has, in one statement."""
    closed = queues.closed_to(user)
    rows = [tab(name, user=user, codes=codes, at=at, closed=closed) for name in TABS]
    return dict(zip(TABS, _counted(rows), strict=True))


def queue_counts(codes: Sequence[str], *, user: User) -> dict[str, Count]:
    """How many open items each queue has for its reader, in one statement."""
    closed = queues.closed_to(user)
    rows = [_open_of(closed).filter(queue=code) for code in codes]
    return dict(zip(codes, _counted(rows), strict=True))


def _open_of(closed: Collection[int]) -> QuerySet[Any]:
    """Open items but of these customers: no condition where there are none, so that the partial
    indexes serve as they are."""
    rows = WorkItem.objects.filter(done_at=None)
    return rows.exclude(customer_id__in=closed) if closed else rows


def _counted(parts: Iterable[QuerySet[Any]]) -> list[Count]:
    """Capped counts of several sets, each through its own partial index."""
    texts: list[str] = []
    values: list[Any] = []
    for rows in parts:
        text, params = rows.order_by().values("pk")[: MOST + 1].query.sql_with_params()
        texts.append(f"(select count(*) from ({text}) part)")
        values += params
    if not texts:
        return []
    with connection.cursor() as cursor:
        cursor.execute("select " + ", ".join(texts), values)
        return [Count(n) for n in cursor.fetchone()]


def of_customer(customer_id: int, user: User) -> list[WorkItem]:
    """The open items of a customer that somebody may see, the most urgent first; none of whom
    they are close to."""
    codes = [queue.code for queue in queues.of(user)]
    if customer_id in queues.closed_to(user):
        return []
    return list(
        WorkItem.objects.filter(customer_id=customer_id, done_at=None, queue__in=codes)
        .select_related("assigned_to")
        .order_by("priority", "due_at", "pk")[:20]
    )


def colleagues(user: User) -> QuerySet[User]:
    """Who can be given items, in the order of their names."""
    return (
        User.objects.filter(is_active=True, is_staff=True)
        .filter(
            Q(groups__permissions__codename=WORK.split(".")[1])
            | Q(user_permissions__codename=WORK.split(".")[1])
            | Q(is_superuser=True)
        )
        .distinct()
        .order_by("last_name", "first_name", "username")
    )


def badge(user: User, at: datetime.datetime) -> str:
    """How many items somebody has open, from the cache for half a minute."""
    key = f"work:badge:{user.pk}"
    found: str | None = cache.get(key)
    if found is None:
        rows = _open_of(queues.closed_to(user)).filter(assigned_to=user)
        awake = rows.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=at))
        n = len(awake.values_list("pk")[:100])
        found = "99+" if n > 99 else str(n)
        cache.set(key, found, BADGE_SECONDS)
    return found


def forget_badge(*users: int | None) -> None:
    """Count anew what these have: they were given an item or are rid of one."""
    cache.delete_many([f"work:badge:{pk}" for pk in users if pk is not None])
