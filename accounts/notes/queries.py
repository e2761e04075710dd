"""Questions about notes."""

from accounts.models import Note

MOST_SHOWN = 10


def of_customer(customer_id: int, most: int = MOST_SHOWN) -> list[Note]:
    """A customer's notes: pinned first, then the newest."""
    rows = Note.objects.filter(customer_id=customer_id).select_related("written_by")
    return list(rows.order_by("-pinned", "-pk")[:most])
