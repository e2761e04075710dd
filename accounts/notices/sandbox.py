"""The mail backend of a development machine: every letter becomes a file, none leaves."""

import re
from collections.abc import Sequence
from email.message import Message
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Writes each message to MAIL_SANDBOX, named by its Message-ID."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        folder = Path(settings.MAIL_SANDBOX)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            letter: Message = message.message()
            path_of(str(letter["Message-ID"])).write_bytes(letter.as_bytes())
        return len(email_messages)


def path_of(message_id: str) -> Path:
    """The file of a message."""
    name = re.sub(r"[^A-Za-z0-9.@-]", "", message_id)[:150] or "letter"
    return Path(settings.MAIL_SANDBOX) / f"{name}.eml"


def kept(message_id: str) -> Path | None:
    """The file of a message that was written on this machine; None elsewhere."""
    path = path_of(message_id)
    return path if path.exists() else None
