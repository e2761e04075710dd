"""Bulk acts in the background. The list of work is in PostgreSQL; the broker only wakes workers."""

from celery import shared_task
from django.utils import timezone

from accounts.bulk import operations, running
from risk.desk import acts

#: Of the time that a task has; what is left goes on in the next.
SECONDS = 120


@shared_task(name="risk.bulk.work")
def work_on_bulk(run_id: int) -> None:
    """Go on with a run, and hand on what is left of it."""
    if not running.work_on(run_id, look=acts.look, on=acts.book_date(), seconds=SECONDS):
        work_on_bulk.apply_async((run_id,), countdown=5)


@shared_task(name="risk.bulk.sweep")
def sweep_bulk() -> None:
    """Every minute: what a lost message or a dead worker left goes on; old drafts go away."""
    for run_id in running.unfinished():
        work_on_bulk.delay(run_id)
    operations.forget_drafts(timezone.now() - operations.DRAFTS_KEPT)
