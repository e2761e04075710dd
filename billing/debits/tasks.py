"""The clock of auto-debit."""

import time

from celery import shared_task
from django.utils import timezone

from billing.debits import running

#: A run that is due each minute ends within it.
RUN_SECONDS = 50.0


@shared_task(name="billing.debits.run")
def run() -> None:
    """Each minute: ask after what has no answer, try what is due at this time of the day."""
    until = time.monotonic() + RUN_SECONDS
    running.run(clock=timezone.now, until=lambda: time.monotonic() >= until)
