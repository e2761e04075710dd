"""What the clocks of appeals bring about, and what waits for the virus scanner."""

from celery import shared_task
from django.utils import timezone
from structlog import get_logger

from appeals import operations
from appeals.choices import Scan
from appeals.models import Evidence
from risk.desk.acts import book_date

log = get_logger(__name__)
#: So many files are scanned at a time.
MOST_SCANNED = 50


@shared_task(name="appeals.tasks.keep_clocks")
def keep_clocks() -> None:
    """Every hour: alarms of the legal clock, reminders, and what ends without an answer."""
    now = timezone.now()
    alarms = operations.escalate(at=now)
    reminded, expired = operations.expire(at=now, on=book_date())
    if alarms or reminded or expired:
        log.info("appeal_clocks", alarms=alarms, reminded=reminded, expired=expired)


@shared_task(name="appeals.tasks.scan_evidence")
def scan_evidence() -> None:
    """Every minute: ask the scanner about files that wait for it; one that fails waits on."""
    for row in Evidence.objects.filter(scan=Scan.WAITING).order_by("pk")[:MOST_SCANNED]:
        try:
            operations.record_scan(evidence=row, at=timezone.now())
        except Exception:
            log.exception("evidence_scan_failed", evidence=str(row.public_id))
