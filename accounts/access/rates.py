"""How often somebody may try, counted in the shared cache in windows of whole minutes."""

import hashlib
from dataclasses import dataclass

from django.core.cache import cache


class TooOften(Exception):
    """Too many tries; `wait` says how many seconds until the next is let through."""

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(f"wait {wait} seconds")


@dataclass(frozen=True)
class Rate:
    """At most `most` times in a window of `seconds`, from the first try on."""

    name: str
    most: int
    seconds: int

    def count(self, who: str) -> None:
        """Count one try of `who`; raises TooOften beyond the most."""
        digest = hashlib.sha256(who.encode()).hexdigest()[:32]
        key = f"rate:{self.name}:{digest}"
        cache.add(key, 0, self.seconds)
        try:
            tries = cache.incr(key)
        except ValueError:  # ended between the two
            cache.set(key, 1, self.seconds)
            return
        if tries > self.most:
            raise TooOften(self.seconds)
