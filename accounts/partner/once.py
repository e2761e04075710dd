"""Each write once: the same key and body is answered what it was answered first.

The key is a lock of the database for as long as the request is under way, and its answer commits
in the transaction of the effect. So a process that dies leaves neither an effect without an answer
nor a key that is held for ever.
"""

import datetime
import hashlib
import re
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import problems
from accounts.api.problems import Problem
from accounts.partner.models import Answer, ServiceAccount

KEPT = datetime.timedelta(days=30)
_KEY = re.compile(r"[\x21-\x7e]{8,100}")
#: Refusals that say nothing of the request itself: another time it may be another answer.
_PASSING = (401, 403, 409, 429)


def answer(account: ServiceAccount, request: Request, handle: Callable[[], Response]) -> Response:
    """What `handle` answers, in one transaction with the note of it; or what it answered before.

    Raises Problem: no key, a key in flight (409), a key of another body (422).
    """
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise Problem(
            "idempotency-key-missing",
            _("Idempotency-Key: 8 to 100 visible characters"),
            status_code=400,
        )
    fingerprint = _fingerprint(request)
    try:
        with transaction.atomic():
            known = _hold(account, key, fingerprint)
            if known is not None:
                return known
            response = handle()
            _keep(account, key, fingerprint, response)
            return response
    except exceptions.APIException as error:
        return _refused(account, key, fingerprint, error)


def number(account: ServiceAccount, key: str) -> int:
    """Of the advisory lock that is the key while its request is under way."""
    digest = hashlib.sha256(f"{account.pk}|{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def forget(*, at: datetime.datetime) -> int:
    """Let go of answers that are older than they are kept; how many."""
    with connection.cursor() as cursor:
        cursor.execute("delete from accounts_answer where at < %s", [at - KEPT])
        return int(cursor.rowcount)


def _hold(account: ServiceAccount, key: str, fingerprint: str) -> Response | None:
    """Take the key until the commit; what was answered under it, if it was."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [number(account, key)])
        held = cursor.fetchone()[0]
    if not held:
        raise Problem(
            "idempotency-key-in-flight",
            _("A request under this key is under way: try again."),
            status_code=409,
        )
    known = Answer.objects.filter(account=account, key=key).first()
    if known is None:
        return None
    if known.fingerprint != fingerprint:
        raise Problem(
            "idempotency-key-reused", _("This key was used for another request."), status_code=422
        )
    response = Response(known.body, status=known.status)
    response["Idempotent-Replayed"] = "true"
    return response


def _keep(account: ServiceAccount, key: str, fingerprint: str, response: Response) -> None:
    Answer.objects.create(
        account=account,
        key=key,
        fingerprint=fingerprint,
        status=response.status_code,
        body=response.data,
    )


def _refused(
    account: ServiceAccount, key: str, fingerprint: str, error: exceptions.APIException
) -> Response:
    """A refusal of the request itself is the answer too; nothing else of it was done."""
    response = problems.handle(error, {})
    assert response is not None
    code = getattr(error, "problem", "")
    if error.status_code in _PASSING or code.startswith("idempotency-key"):
        raise error
    with transaction.atomic():
        known = _hold(account, key, fingerprint)
        if known is not None:
            return known
        _keep(account, key, fingerprint, _plain(response))
    return response


def _plain(response: Response) -> Response:
    """With its lazy words as text, as JSON keeps it."""
    body: Any = response.data
    response.data = {name: _text(value) for name, value in body.items()}
    return response


def _text(value: Any) -> Any:
    return value if isinstance(value, int | list | dict) else str(value)


def _fingerprint(request: Request) -> str:
    digest = hashlib.sha256()
    digest.update(f"{request.method} {request.get_full_path()}\n".encode())
    digest.update(request.body if hasattr(request, "body") else b"")
    return digest.hexdigest()
