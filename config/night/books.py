"""What the books owe to a closed day: its trial balance, and the channels' files.

It belongs to no day's grid: a day is closed without it, and each look at the calendar makes up for
what a dead worker left out. Nobody waits for it: it reads what the close has settled.
"""

import datetime

from django.utils import timezone
from structlog import get_logger

from billing import journal
from billing.channels import reconcile
from billing.choices import DayStatus
from billing.models import BusinessDay

log = get_logger(__name__)


def catch_up(on: datetime.date | None = None) -> None:
    """Seal the closed days that have no trial balance yet, then match what the channels sent."""
    for day in _unsealed():
        journal.seal(day.on, through=int(day.report["totals"]["last_entry"]))
        if (wrong := journal.out_of_balance(day.on)) is not None:
            log.error("journal_out_of_balance", day=str(day.on), error=wrong)
    reconcile.reconcile_waiting(on=on or timezone.localdate(), at=timezone.now())


def _unsealed() -> list[BusinessDay]:
    """In their order; the first of a book stands for all days before it."""
    closed = BusinessDay.objects.filter(status=DayStatus.CLOSED).order_by("on")
    last = journal.last_sealed()
    if last is not None:
        return list(closed.filter(on__gt=last.day))
    newest = closed.last()
    return [newest] if newest is not None else []
