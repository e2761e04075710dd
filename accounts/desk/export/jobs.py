"""Files that take too long for a request: made by a worker, fetched by who asked, then removed.

The list of work is in the database; a message only wakes a worker. What a killed worker left
half done is begun again by the next sweep.
"""

import datetime
import uuid
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.desk.export import files, tables
from accounts.models import Export, ExportJob, User
from accounts.traces import ExportState, JobState

#: How long a file is kept for who asked for it.
KEPT = datetime.timedelta(hours=24)
#: Longer than a task may run: whoever claimed it so long ago is gone.
STALE = datetime.timedelta(minutes=10)
MOST_ATTEMPTS = 3
_EVERY_ROWS = 20_000


def ask(
    *,
    by: User,
    of: str,
    query: str,
    noted: str,
    form: str,
    language: str,
    at: datetime.datetime,
    clear_reason: str = "",
) -> ExportJob:
    """Put an export on the list of work, on record before the first row is read."""
    with transaction.atomic():
        begun = Export.objects.create(
            by=by, of=of, filters=noted, state=ExportState.BEGUN, clear_reason=clear_reason
        )
        job = ExportJob.objects.create(
            by=by, of=of, query=query, form=form, language=language, begun=begun, asked_at=at
        )
        transaction.on_commit(lambda: wake(job.pk))
    return job


def wake(pk: uuid.UUID) -> None:
    from accounts.tasks import make_export

    make_export.delay(str(pk))


def make(pk: uuid.UUID, *, at: datetime.datetime) -> None:
    """Make the file of a job, unless somebody else does or did."""
    free = Q(state=JobState.WAITING) | Q(state=JobState.RUNNING, claimed_at__lt=at - STALE)
    mine = ExportJob.objects.filter(free, pk=pk).update(
        state=JobState.RUNNING, claimed_at=at, attempts=F("attempts") + 1, rows=0
    )
    if not mine:
        return
    job = ExportJob.objects.select_related("by", "begun").get(pk=pk)
    path = path_of(job)
    try:
        rows = _write(job, path)
    except Exception as error:
        path.unlink(missing_ok=True)
        _settle(job, JobState.FAILED, ExportState.BROKEN_OFF, 0)
        if not isinstance(error, PermissionDenied | LookupError):
            raise
    else:
        _settle(job, JobState.DONE, ExportState.WHOLE, rows)


def path_of(job: ExportJob) -> Path:
    """Where its file is; the name says nothing and cannot be guessed."""
    return Path(settings.EXPORT_FOLDER) / f"{job.pk}.{job.form}"


def sweep(*, at: datetime.datetime) -> int:
    """Wake what waits or was left behind, give up on what fails again and again, remove what is
    old; how many were woken."""
    for job in ExportJob.objects.filter(state=JobState.DONE, done_at__lt=at - KEPT):
        path_of(job).unlink(missing_ok=True)
        ExportJob.objects.filter(pk=job.pk).update(state=JobState.EXPIRED)
    left = Q(state=JobState.WAITING, asked_at__lt=at - datetime.timedelta(minutes=1))
    left |= Q(state=JobState.RUNNING, claimed_at__lt=at - STALE)
    woken = 0
    for job in ExportJob.objects.select_related("begun").filter(left):
        if job.attempts >= MOST_ATTEMPTS:
            path_of(job).unlink(missing_ok=True)
            _settle(job, JobState.FAILED, ExportState.BROKEN_OFF, job.rows)
        else:
            wake(job.pk)
            woken += 1
    return woken


def _write(job: ExportJob, path: Path) -> int:
    if not (job.by.is_active and job.by.has_perm(tables.PERMISSION)):
        raise PermissionDenied
    in_clear = bool(job.begun.clear_reason)
    table = tables.rebuilt(job.of, job.by, job.query or "", clear=in_clear)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    told, written = 0, 0

    def progress(rows: int) -> None:
        # In the transaction of the cursor nobody would see it before the end.
        nonlocal told, written
        written = rows
        if rows - told >= _EVERY_ROWS:
            told = rows
            _tell(job, rows)

    if job.form == files.XLSX:
        return files.write_xlsx(table, job.language, path, progress)
    with path.open("wb") as file:
        for part in files.csv_parts(table, job.language, progress):
            file.write(part)
    return written


def _tell(job: ExportJob, rows: int) -> None:
    from django.core.cache import cache

    cache.set(f"export:{job.pk}", rows, timeout=3600)


def progress_of(job: ExportJob) -> int:
    from django.core.cache import cache

    return int(cache.get(f"export:{job.pk}") or 0)


def _settle(job: ExportJob, state: JobState, ends: ExportState, rows: int) -> None:
    with transaction.atomic():
        ExportJob.objects.filter(pk=job.pk).update(state=state, rows=rows, done_at=timezone.now())
        if not Export.objects.filter(ends=job.begun).exists():
            Export.objects.create(
                by_id=job.by_id,
                of=job.of,
                filters=job.begun.filters,
                state=ends,
                ends=job.begun,
                rows=rows,
            )
