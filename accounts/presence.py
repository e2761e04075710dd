"""Who has a customer's page or act open now: in the cache alone, for half a minute.

One hash a customer, one field a person; a page that is open says so every ten seconds. It is a
courtesy and no lock: without the cache nobody is seen, and nothing else changes.
"""

import time
from dataclasses import dataclass
from typing import Any

import redis
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured

from accounts.models import User

SECONDS = 30
READING, ACTING = "reading", "acting"


@dataclass(frozen=True)
class Other:
    """Somebody else who is at the same customer; `doing` is READING or ACTING."""

    name: str
    doing: str


def here(customer_id: int, user: User, doing: str) -> list[Other]:
    """Note that somebody is at a customer; who else is, by name."""
    now = time.time()
    name = user.get_full_name() or user.username
    try:
        store, key = _store(), _key(customer_id)
        with store.pipeline(transaction=False) as pipe:
            pipe.hset(key, str(user.pk), f"{now:.0f}|{doing}|{name}")
            pipe.expire(key, 2 * SECONDS)
            pipe.hgetall(key)
            entries: dict[bytes, bytes] = pipe.execute()[2]
    except (redis.RedisError, ImproperlyConfigured):
        return []
    others = [
        other
        for who, text in entries.items()
        if who.decode() != str(user.pk) and (other := _read(text.decode(), now))
    ]
    return sorted(others, key=lambda other: other.name)


def gone(customer_id: int, user: User) -> None:
    """Somebody left: the others need not wait until they are forgotten."""
    try:
        _store().hdel(_key(customer_id), str(user.pk))
    except (redis.RedisError, ImproperlyConfigured):
        return


def _read(text: str, now: float) -> Other | None:
    at, doing, name = text.split("|", 2)
    return Other(name, doing) if now - float(at) <= SECONDS else None


def _key(customer_id: int) -> str:
    return str(cache.make_key(f"presence:{customer_id}"))


def _store() -> Any:
    """The server behind Django's cache, whose hashes Django has no word for."""
    return cache._cache.get_client(None, write=True)  # type: ignore[attr-defined]
