"""Items that became more urgent since they were opened: in one statement, however many."""

from collections.abc import Collection

from accounts.models import WorkItem
from accounts.work.choices import Priority


def hasten(*, queue: str, keys: Collection[str], priority: Priority) -> int:
    """Raise the priority of the open items of these causes; how many were less urgent before.

    It is no move: whoever has an item keeps it, and a page that shows it is not stale.
    """
    rows = WorkItem.objects.filter(queue=queue, key__in=keys, done_at=None)
    first = rows.filter(usual_priority__gt=priority).update(usual_priority=priority)
    usual = rows.filter(priority__gt=priority, usual_priority=None)
    return first + usual.update(priority=priority)
