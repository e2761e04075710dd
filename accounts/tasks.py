"""What a worker does for this room."""

import uuid

from celery import shared_task
from django.utils import timezone

from accounts.desk.export import jobs
from accounts.signin import guard


@shared_task(name="accounts.tasks.make_export")
def make_export(pk: str) -> None:
    """Sent when an export is asked for; again by the sweep."""
    jobs.make(uuid.UUID(pk), at=timezone.now())


@shared_task(name="accounts.tasks.sweep_exports")
def sweep_exports() -> None:
    """Every minute: wake what was left behind, remove files that are old."""
    jobs.sweep(at=timezone.now())


@shared_task(name="accounts.tasks.forget_attempts")
def forget_attempts() -> None:
    """Every hour: failed attempts to sign in that count no more."""
    guard.forget(at=timezone.now())
