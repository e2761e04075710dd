"""A settlement file: kept once by its content, each line as received."""

import datetime
import hashlib
import io
from collections.abc import Iterator
from typing import IO

import psycopg
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from billing.channels import layout as layouts
from billing.channels.layout import LayoutRefused, Read
from billing.choices import FileState
from billing.models import Channel, SettlementFile

#: A day of a large channel: a million lines of some 80 bytes, with room.
MOST_BYTES = 256 * 2**20

_COPY = """
copy billing_settlementline (file_id, channel_id, number, raw, kind, payment_id, amount, value_on,
                             account, error) from stdin
"""


class FileKnown(LayoutRefused):
    """The same content was received before; `file` is that file."""

    def __init__(self, file: SettlementFile) -> None:
        self.file = file
        super().__init__(
            _("this file was received on %(day)s already")
            % {"day": file.received_at.date().isoformat()}
        )


def receive(
    *,
    channel: Channel,
    day: datetime.date,
    name: str,
    content: IO[bytes],
    source: str,
    at: datetime.datetime,
    by: User | None = None,
) -> SettlementFile:
    """Keep a file of a settlement day with all its lines, or nothing of it.

    `source`: upload, folder or api. Raises FileKnown, or LayoutRefused for a file that is too
    large, not in the channel's encoding, or without the columns that its layout names.
    """
    layout = layouts.load(channel.layout)
    fingerprint = _fingerprint(content)
    with transaction.atomic():
        known = SettlementFile.objects.filter(sha256=fingerprint).first()
        if known is not None:
            raise FileKnown(known)
        file = SettlementFile.objects.create(
            channel=channel,
            day=day,
            name=name[:120].replace("\x00", ""),
            sha256=fingerprint,
            received_at=at,
            received_by=by,
            source=source,
            state=FileState.RECEIVED,
        )
        content.seek(0)
        text = io.TextIOWrapper(content, encoding=layout.encoding, newline="")
        try:
            file.lines = _copy(file, layouts.read(layout, text))
        except UnicodeDecodeError as error:
            raise LayoutRefused(
                _("the file is not in %(encoding)s (at byte %(at)s)")
                % {"encoding": layout.encoding, "at": error.start}
            ) from error
        finally:
            text.detach()
        file.save(update_fields=["lines"])
    return file


def _fingerprint(content: IO[bytes]) -> str:
    digest, size = hashlib.sha256(), 0
    content.seek(0)
    while part := content.read(2**20):
        size += len(part)
        if size > MOST_BYTES:
            words = _("the file is larger than %(mb)s MB")
            raise LayoutRefused(words % {"mb": MOST_BYTES // 2**20})
        digest.update(part)
    if not size:
        raise LayoutRefused(_("the file is empty"))
    return digest.hexdigest()


def _copy(file: SettlementFile, lines: Iterator[Read]) -> int:
    connection.ensure_connection()
    raw: psycopg.Connection[object] = connection.connection
    count = 0
    with raw.cursor() as cursor, cursor.copy(_COPY) as copy:
        for line in lines:
            copy.write_row(
                (file.pk, file.channel_id, line.number, line.raw, line.kind, line.payment_id,
                 line.amount, line.value_on, line.account, line.error)
            )  # fmt: skip
            count += 1
    return count
