"""Encryption at rest of what identifies a person, with a keyed index to look it up by."""

import hashlib
import hmac
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class UnreadableSecret(Exception):
    """A stored value does not open with any key of FIELD_KEYS."""


def encrypt(text: str) -> bytes:
    """Encrypt with the first of FIELD_KEYS; older keys only decrypt."""
    return _box().encrypt(text.encode())


def decrypt(token: bytes) -> str:
    """Raise UnreadableSecret if no key opens it (a key was taken out too early)."""
    try:
        return _box().decrypt(bytes(token)).decode()
    except InvalidToken as error:
        raise UnreadableSecret("no key of FIELD_KEYS opens this value") from error


def seal(data: bytes) -> bytes:
    """Encrypt a file's bytes with the first of FIELD_KEYS."""
    return _box().encrypt(data)


def unseal(token: bytes) -> bytes:
    """Raise UnreadableSecret if no key opens it."""
    try:
        return _box().decrypt(token)
    except InvalidToken as error:
        raise UnreadableSecret("no key of FIELD_KEYS opens this file") from error


def blind_index(text: str) -> str:
    """Keyed fingerprint of the normalised text: equal inputs meet, the input stays hidden."""
    normal = "".join(text.split()).replace("-", "").upper()
    return hmac.new(settings.INDEX_KEY.encode(), normal.encode(), hashlib.sha256).hexdigest()


def mask(text: str, head: int, tail: int) -> str:
    """138****2312: `head` first and `tail` last characters, the rest as stars."""
    if len(text) <= head + tail:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]


def _box() -> MultiFernet:
    return _opened(tuple(settings.FIELD_KEYS))


@cache
def _opened(keys: tuple[str, ...]) -> MultiFernet:
    """Once for each set of keys: a list decrypts one value a row."""
    return MultiFernet([Fernet(key) for key in keys])
