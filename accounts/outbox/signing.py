"""The signature of a webhook: HMAC-SHA256 over the moment and the body.

    Fairline-Signature: t=1767225600,v1=5257a8…[,v1=…]

`t` is the moment of sending in seconds since 1970; each `v1` is the hex digest of `t`, a full stop
and the raw body under one secret. While a secret is replaced there are two, and a receiver takes
the message if either is right. A receiver refuses a `t` more than five minutes off, so that a
message that was overheard is of no use later.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

HEADER = "Fairline-Signature"
TOLERANCE_SECONDS = 300


def new_secret() -> str:
    """A secret of 256 bits."""
    return f"whsec_{secrets.token_urlsafe(32)}"


def sign(body: bytes, *, at: int, keys: Sequence[str]) -> str:
    """The header's value."""
    return ",".join([f"t={at}", *(f"v1={_digest(body, at, key)}" for key in keys)])


def is_right(body: bytes, header: str, *, now: int, key: str) -> bool:
    """What a receiver does; the product uses it in its tests."""
    parts = [part.partition("=")[::2] for part in header.split(",")]
    moments = [value for name, value in parts if name == "t" and value.isdigit()]
    if len(moments) != 1 or abs(now - int(moments[0])) > TOLERANCE_SECONDS:
        return False
    due = _digest(body, int(moments[0]), key)
    return any(hmac.compare_digest(due, value) for name, value in parts if name == "v1")


def _digest(body: bytes, at: int, key: str) -> str:
    return hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
