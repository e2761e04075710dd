"""Bulk acts in the background. The list of work is in PostgreSQL; the broker only wakes workers."""

from celery import shared_task
from django.utils import timezone

from accounts.bulk import operations, running
from risk.desk import acts

#: Of the time that a task has: longer than the sweep's minute, so that a run does not pause.
SECONDS = 90


@shared_task(name="risk.bulk.work")
def work_on_bulk(run_id: int) -> None:
    """Go on with a run; what is left, the next sweep hands on."""
    running.work_on(run_id, look=acts.look, on=acts.book_date(), seconds=SECONDS)


@shared_task(name="risk.bulk.sweep")
def sweep_bulk() -> None:
    """Every minute: what a lost message or a dead worker left goes on; old drafts go away."""
    for run_id in running.unfinished():
        work_on_bulk.apply_async((run_id,), expires=55)
    operations.forget_drafts(timezone.now() - operations.DRAFTS_KEPT)
