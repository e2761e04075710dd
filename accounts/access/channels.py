"""How a code reaches a customer: a function that SIGN_IN_CODE_CHANNEL names.

It is called with `customer`, `code` and `at`, hands the message on and returns at once: how long
it takes must not tell whether a number is somebody's. Development has the sandbox; production has
none until one is named, and then customers sign in by password alone.
"""

import datetime
import json
import os
from pathlib import Path
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Customer


class Channel(Protocol):
    def __call__(self, *, customer: Customer, code: str, at: datetime.datetime) -> None: ...


def offered() -> bool:
    """Whether codes can be sent at all."""
    return bool(settings.SIGN_IN_CODE_CHANNEL)


def shown_here() -> bool:
    """Whether the codes of the sandbox may be read on the page: never in production."""
    return not settings.PRODUCTION and settings.SIGN_IN_CODE_CHANNEL == SANDBOX


def send(*, customer: Customer, code: str, at: datetime.datetime) -> None:
    if not settings.SIGN_IN_CODE_CHANNEL:
        return
    channel = cast(Channel, import_string(settings.SIGN_IN_CODE_CHANNEL))
    channel(customer=customer, code=code, at=at)


# -- the sandbox -------------------------------------------------------------------------

SANDBOX = "accounts.access.channels.sandbox"


def sandbox(*, customer: Customer, code: str, at: datetime.datetime) -> None:
    """Put the message into a file under the mail folder instead of sending it."""
    path = _box(customer)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"to": customer.number, "code": code, "at": at.isoformat()})
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def last_code(number: str) -> str:
    """The code last put into the sandbox for a customer; empty where there is none."""
    customer = Customer.objects.filter(number=number.strip().upper()).first()
    if customer is None or not shown_here():
        return ""
    try:
        return str(json.loads(_box(customer).read_text())["code"])
    except (OSError, ValueError, KeyError):
        return ""


def _box(customer: Customer) -> Path:
    return Path(settings.MAIL_FOLDER) / f"code-{customer.public_id}.json"
