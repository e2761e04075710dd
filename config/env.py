"""Typed readers of environment variables. Every error names the variable and says what it takes."""

import base64
import binascii
import json
import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
PLACEHOLDERS = ("change", "insecure", "secret", "example", "password", "placeholder")
SHORTEST_SECRET = 50
FIELD_KEY_BYTES = 32


class Misconfigured(ImproperlyConfigured):
    """A variable is missing or wrong; the message is one line and begins with its name."""


def text(name: str, default: str | None = None) -> str:
    """The variable, or the default when it is unset or blank. Raises when neither is there."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise Misconfigured(f"{name} is not set")
    return default


def flag(name: str, default: bool) -> bool:
    value = text(name, str(default)).lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise Misconfigured(f"{name} takes yes or no, not {value!r}")


def integer(name: str, default: int, *, minimum: int = 0, maximum: int = 2**31 - 1) -> int:
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and minimum <= int(value) <= maximum):
        raise Misconfigured(
            f"{name} takes a whole number from {minimum} to {maximum}, not {value!r}"
        )
    return int(value)


def choice(name: str, default: str, choices: Sequence[str]) -> str:
    value = text(name, default)
    if value not in choices:
        raise Misconfigured(f"{name} takes one of {', '.join(choices)}, not {value!r}")
    return value


def names(name: str, default: Sequence[str] = ()) -> list[str]:
    """A comma-separated list; blanks around and between are dropped."""
    return [part.strip() for part in text(name, ",".join(default)).split(",") if part.strip()]


def time_zone(name: str, default: str) -> str:
    """A name of the IANA database, such as Asia/Shanghai."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Misconfigured(
            f"{name} takes a time zone such as Asia/Shanghai, not {value!r}"
        ) from None
    return value


def postgres_url(name: str) -> dict[str, Any]:
    """An entry of Django's DATABASES from postgres://user:password@host:5432/name?sslmode=require."""
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(text(name)))
    except (ValueError, dj_database_url.ParseError, dj_database_url.UnknownSchemeError):
        found = {}
    if found.get("ENGINE") != "django.db.backends.postgresql" or not found.get("NAME"):
        raise Misconfigured(f"{name} is not of the form postgres://user@host/name")
    return found


def redis_url(name: str) -> str:
    """redis://host:6379/0, rediss:// for TLS, or unix:///path?db=0."""
    value = text(name)
    if not value.startswith(("redis://", "rediss://", "unix:///")):
        raise Misconfigured(f"{name} is not of the form redis://host:6379/0")
    return value


def secret(name: str, default: str | None = None) -> str:
    """At least 50 characters and no placeholder."""
    value = text(name, default)
    if len(value) < SHORTEST_SECRET or len(set(value)) < 5:
        raise Misconfigured(f"{name} is too weak: at least {SHORTEST_SECRET} random characters")
    if any(word in value.lower() for word in PLACEHOLDERS):
        raise Misconfigured(f"{name} still holds a placeholder")
    return value


def field_keys(name: str, default: str | None = None) -> list[str]:
    """Comma-separated Fernet keys (32 bytes, URL-safe base64). The first encrypts, all decrypt."""
    keys = [part.strip() for part in text(name, default).split(",") if part.strip()]
    for number, key in enumerate(keys, start=1):
        try:
            size = len(base64.urlsafe_b64decode(key.encode()))
        except (binascii.Error, ValueError):
            size = 0
        if size != FIELD_KEY_BYTES:
            raise Misconfigured(f"{name}: key {number} is not 32 bytes in URL-safe base64")
    return keys


def development_secrets(path: Path) -> dict[str, str]:
    """The secrets of a development machine: made once, kept in a file that only its owner reads."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = {
            "SECRET_KEY": secrets.token_urlsafe(64),
            "FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(FIELD_KEY_BYTES)).decode(),
            "INDEX_KEY": secrets.token_urlsafe(64),
        }
        handle, draft = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # for its owner
        with os.fdopen(handle, "w") as file:
            json.dump(made, file, indent=1)
        try:
            # A link, not a rename: of two first starts at once, the first wins and both read it.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    try:
        kept = json.loads(path.read_text())
        return {name: str(kept[name]) for name in ("SECRET_KEY", "FIELD_KEYS", "INDEX_KEY")}
    except (ValueError, KeyError, TypeError):
        raise Misconfigured(f"{path} is damaged: restore it, or remove the whole folder") from None
