"""What the commands that measure share: their figures, and how they end."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.utils import DatabaseError

from config.benchmark.workshop import Busy, Workshop, workshop
from config.doctor import complaint

INTERRUPTED = 130


def whole(name: str, text: str | None, least: int, most: int) -> int:
    """A whole number in its bounds; else one line, exit 2."""
    if text is None:
        raise CommandError(f"--{name} is missing ({least} to {most})", returncode=2)
    if text.isascii() and text.isdigit() and least <= int(text[:12]) <= most:
        return int(text)
    raise CommandError(
        f"--{name} {text}: takes a whole number from {least} to {most}", returncode=2
    )


@contextmanager
def bench(command: BaseCommand) -> Iterator[Workshop]:
    """The workshop of one command; what goes wrong is one line, and nothing is left behind."""
    if problem := complaint(migrations=False):
        raise CommandError(problem, returncode=2)
    try:
        with workshop() as shop:
            yield shop
    except Busy:
        raise CommandError("another benchmark of this book runs", returncode=2) from None
    except DatabaseError as error:
        raise CommandError(f"the benchmark broke off: {str(error).splitlines()[0]}") from error
    except KeyboardInterrupt:
        command.stderr.write("stopped; its databases are dropped")
        sys.exit(INTERRUPTED)


def percentile(values: list[float], share: float) -> float:
    """The least value that `share` of the sorted values do not exceed."""
    return values[min(len(values) - 1, max(0, int(len(values) * share + 0.999999) - 1))]


def told(rows: list[tuple[str, Any]]) -> Iterator[str]:
    """Lines for people: what, and its value."""
    width = max(len(name) for name, _value in rows) + 2
    for name, value in rows:
        yield f"{name:<{width}}{value}"
