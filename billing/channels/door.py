"""The door for signed notices: POST /api/v1/channels/CODE/notices.

`Fairline-Signature: t=SECONDS,v1=HEX` where HEX is HMAC-SHA256 of `SECONDS.BODY` with the channel's
secret. A signature older than five minutes is refused, so that a notice that was listened to is no
key; within them, the event's id makes sure that it counts once.
"""

import hashlib
import hmac
import json
import re
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.channels import intake
from billing.channels.intake import Notice, NoticeRefused, OtherNotice
from billing.choices import NoticeKind
from billing.models import Channel
from billing.terms import exact

#: A signed instant further away than this, in seconds, either way, is refused.
WINDOW = 300
MOST_BYTES = 16 * 1024
_HEADER = re.compile(r"t=(?P<at>\d{1,12}),v1=(?P<mark>[0-9a-f]{64})")
_ID = re.compile(r"[\x21-\x7e]{1,64}")


@csrf_exempt
@require_POST
def notices(request: HttpRequest, code: str) -> JsonResponse:
    """Take one notice; 200 also for one that was taken before."""
    channel = Channel.objects.filter(code=code, active=True).first()
    body = request.body if int(request.headers.get("Content-Length") or 0) <= MOST_BYTES else b""
    if channel is None or not _signed(channel, request, body):
        return problem(401, "not_signed", "The signature is missing, wrong or too old.")
    try:
        kept = intake.take(channel, _notice(body), on=timezone.localdate(), at=timezone.now())
    except OtherNotice as error:
        return problem(422, "event_id_reused", str(error))
    except (NoticeRefused, ValueError) as error:
        return problem(400, "notice_refused", str(error))
    return JsonResponse({"event_id": kept.event_id, "outcome": kept.outcome})


def sign(secret: str, at: int, body: bytes) -> str:
    """The header's value for a body, as channels make it."""
    mark = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={mark}"


def _signed(channel: Channel, request: HttpRequest, body: bytes) -> bool:
    found = _HEADER.fullmatch(request.headers.get("Fairline-Signature", ""))
    if found is None or not body:
        return False
    at = int(found["at"])
    if abs(timezone.now().timestamp() - at) > WINDOW:
        return False
    given = found.group(0)
    known = [secret for secret in (channel.secret, channel.secret_before) if secret]
    return any(hmac.compare_digest(sign(secret, at, body), given) for secret in known)


def _notice(body: bytes) -> Notice:
    """Raises ValueError with the field at fault."""
    try:
        document: Any = json.loads(body, parse_constant=str)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError("the body is no JSON") from error
    if not isinstance(document, dict):
        raise ValueError("the body is no object")
    kind = document.get("kind")
    if kind not in NoticeKind.values:
        raise ValueError("kind: payment or reversal")
    pays = kind == NoticeKind.PAYMENT
    return Notice(
        event_id=_name(document, "event_id"),
        kind=kind,
        payment_id=_name(document, "payment_id"),
        body_hash=hashlib.sha256(body).hexdigest(),
        amount=_amount(document) if pays else None,
        value_on=_date(document) if pays else None,
        account=str(document.get("account", ""))[:80].replace("\x00", "") if pays else "",
    )


def _name(document: dict[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError(f"{key}: 1 to 64 visible characters")
    return value


def _amount(document: dict[str, Any]) -> Any:
    value = document.get("amount")
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", value):
        raise ValueError('amount: a string such as "100.00"')
    return exact(value)


def _date(document: dict[str, Any]) -> Any:
    value = document.get("value_on")
    try:
        day = parse_date(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year < 2200:
        raise ValueError("value_on: a date such as 2026-05-03")
    return day


def problem(status: int, code: str, detail: str) -> JsonResponse:
    """RFC 9457."""
    return JsonResponse(
        {"type": f"/problems/{code}", "title": code.replace("_", " "), "status": status,
         "code": code, "detail": detail},
        status=status, content_type="application/problem+json",
    )  # fmt: skip
