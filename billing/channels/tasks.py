"""Files that are too large for a page to wait for, and those dropped into the folder."""

import datetime
import re
from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from structlog import get_logger

from billing.channels import files, reconcile
from billing.channels.files import FileKnown
from billing.channels.layout import LayoutRefused
from billing.choices import FileState
from billing.models import Channel, SettlementFile

log = get_logger(__name__)
#: CHANNEL_YYYY-MM-DD, then anything: sandbox_2026-05-03.csv
_NAMED = re.compile(r"(?P<channel>[a-z0-9-]{1,24})_(?P<day>\d{4}-\d{2}-\d{2})[^/]{0,60}")


@shared_task(name="billing.channels.reconcile_file")
def reconcile_file(pk: int) -> None:
    file = SettlementFile.objects.filter(pk=pk, state=FileState.RECEIVED).first()
    if file is not None:
        reconcile.reconcile(file, on=timezone.localdate(), at=timezone.now())


@shared_task(name="billing.channels.collect")
def collect() -> None:
    """Take what was dropped into the folder; a file that is refused is set aside with the reason
    beside it, so that nothing is lost and nothing is tried for ever."""
    folder = settings.SETTLEMENT_FOLDER
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        found = _NAMED.fullmatch(path.name)
        if not path.is_file() or path.is_symlink() or found is None:
            continue
        why = _take(path, found["channel"], found["day"])
        target = folder / ("refused" if why else "done")
        target.mkdir(exist_ok=True)
        if why:
            (target / f"{path.name}.why").write_text(why + "\n", encoding="utf-8")
            log.warning("settlement_file_refused", file=path.name, why=why)
        path.replace(target / path.name)


def _take(path: Path, code: str, day: str) -> str:
    """Why the file was refused; empty when it was taken or is known."""
    channel = Channel.objects.filter(code=code, active=True).first()
    if channel is None:
        return f"no active channel is called {code}"
    try:
        with path.open("rb") as content:
            file = files.receive(
                channel=channel,
                day=datetime.date.fromisoformat(day),
                name=path.name,
                content=content,
                source="folder",
                at=timezone.now(),
            )
    except FileKnown:
        return ""
    except (LayoutRefused, ValueError) as error:
        return str(error)
    reconcile_file.delay(file.pk)
    return ""
