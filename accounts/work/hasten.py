"""Items that became more urgent since they were opened: in one statement, however many."""

from collections.abc import Collection

from accounts.models import WorkItem
from accounts.work.choices import Priority


def hasten(*, queue: str, keys: Collection[str], priority: Priority) -> int:
    """Raise the priority of the open items of these causes; how many were less urgent before.

    It is no move: whoever has an item keeps it, and a page that shows it is not stale.
    """
    return WorkItem.objects.filter(
        queue=queue, key__in=keys, done_at=None, priority__gt=priority
    ).update(priority=priority)
