"""Signs of life of beat and worker, kept in the cache; what is over once its time is over;
what leaves the house: notices and webhooks."""

import time

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from accounts import authority
from accounts.notices import delivering, sending
from accounts.outbox import delivering as webhooks
from appeals.letters import operations as letters
from appeals.offers import expiry
from risk import authorizations

KEPT_SECONDS = 24 * 3600
LATE_SECONDS = 180
#: A run that is due each minute ends within it.
RUN_SECONDS = 50.0


def mark_alive(process: str) -> None:
    """Remember that a process (`beat` or `worker`) lives now."""
    cache.set(f"alive:{process}", time.time(), timeout=KEPT_SECONDS)


def last_alive(process: str) -> float | None:
    """When it last gave a sign, in seconds since the epoch; None when not within a day."""
    seen = cache.get(f"alive:{process}")
    return float(seen) if isinstance(seen, int | float) else None


def is_silent(process: str) -> bool:
    """Whether its signs of life, one a minute, have stopped."""
    seen = last_alive(process)
    return seen is None or time.time() - seen > LATE_SECONDS


@shared_task(name="config.tasks.heartbeat")
def heartbeat() -> None:
    """Sent by beat each minute, run by a worker."""
    mark_alive("worker")


@shared_task(name="config.tasks.expire_requests")
def expire_requests() -> None:
    """Every hour: what nobody decided in time is closed."""
    authority.expire()


@shared_task(name="config.tasks.expire_authorizations")
def expire_authorizations() -> None:
    """Every minute: approvals whose time is over are closed; they hold nothing since it was."""
    authorizations.expire(at=timezone.now())


@shared_task(name="config.tasks.deliver_notices")
def deliver_notices() -> None:
    """Each minute: say what is due, batch by batch, then make the attempts that wait."""
    until = time.monotonic() + RUN_SECONDS
    while delivering.deliver(now=timezone.now()) and time.monotonic() < until:
        pass
    sending.reconcile(now=timezone.now())
    while sending.send_waiting(clock=timezone.now, most=20) and time.monotonic() < until:
        pass


@shared_task(name="config.tasks.deliver_webhooks")
def deliver_webhooks() -> None:
    """Each minute: bring what was announced to the endpoints."""
    webhooks.deliver(clock=timezone.now, seconds=RUN_SECONDS)


@shared_task(name="config.tasks.expire_offers")
def expire_offers() -> None:
    """Every hour: offers whose last day has passed."""
    expiry.expire(today=timezone.localdate(), at=timezone.now())


@shared_task(name="config.tasks.send_letters")
def send_letters() -> None:
    """Every minute: letters that were not sent with their decision, and the PDF of those that
    were."""
    letters.send_what_waits(at=timezone.now())
