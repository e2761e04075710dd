"""Questions about the notices of a customer, and the one act of reading them."""

import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from accounts.notices.choices import State
from accounts.notices.models import Notice


def inbox(customer_id: int) -> QuerySet[Notice]:
    """What the customer was sent, newest first."""
    return Notice.objects.filter(customer_id=customer_id, sent_at__isnull=False).order_by("-id")


def unread(customer_id: int) -> int:
    """How many of them they have not read."""
    return Notice.objects.filter(
        customer_id=customer_id, sent_at__isnull=False, read_at=None
    ).count()


def mark_read(*, customer_id: int, public_id: Any, at: datetime.datetime) -> Notice | None:
    """The customer read a notice; the first time counts. None if it is not theirs."""
    mine = inbox(customer_id).filter(public_id=public_id)
    mine.filter(read_at=None).update(read_at=at)
    mine.filter(state=State.SENT).update(state=State.READ)
    return mine.first()


def mark_all_read(*, customer_id: int, at: datetime.datetime) -> int:
    """Everything in the inbox is read; how many were not."""
    news = Notice.objects.filter(customer_id=customer_id, sent_at__isnull=False, read_at=None)
    count = news.update(read_at=Coalesce("read_at", at))
    Notice.objects.filter(customer_id=customer_id, state=State.SENT).update(state=State.READ)
    return count
