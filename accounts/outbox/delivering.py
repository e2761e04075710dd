"""Bring what was announced to the endpoints: at least once, in order per customer.

The list of work is the table; the lease of a delivery is its row's lock, held while the endpoint is
asked. Of the deliveries of one customer to one endpoint only the first that is not done is ever
taken, so that one that fails holds those behind it, and nobody else's. A worker that dies after the
endpoint answered sends again: a receiver knows a repeat by the event's id.
"""

import datetime
import http.client
import json
import random
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from structlog import get_logger

from accounts.models import Customer
from accounts.outbox import addresses, posting, signing
from accounts.outbox.addresses import AddressRefused
from accounts.outbox.choices import DeliveryState
from accounts.outbox.models import OutboxEvent, WebhookAttempt, WebhookDelivery, WebhookEndpoint

log = get_logger(__name__)

#: After so many attempts in a row an endpoint is not asked again by itself.
MOST_ATTEMPTS = 12
_FIRST_PAUSE, _LONGEST_PAUSE = 10.0, 6 * 3600.0

Clock = Callable[[], datetime.datetime]

# The heads of all lanes, by the index of what is not done. A head stays one until it is done.
_HEADS = """
with heads as materialized (
    select distinct on (d.endpoint_id, d.lane) d.id, d.endpoint_id, d.state, d.next_at
    from accounts_webhookdelivery d
    join accounts_webhookendpoint e on e.id = d.endpoint_id and e.active
    where d.state in ('waiting', 'dead')
    order by d.endpoint_id, d.lane, d.id
)
select id from heads
where state = 'waiting' and next_at <= %(now)s and endpoint_id <> all(%(silent)s::bigint[])
order by next_at, id
limit %(look)s
"""
#: So many due heads are taken up at once.
_LOOK = 200


def deliver(*, clock: Clock, most: int = 500, seconds: float = 50.0) -> int:
    """Make attempts until nothing is due, or so many were made, or so long; how many.

    An endpoint that does not answer at all is left alone for the rest of the run: it would only
    use up the time of the others.
    """
    until = time.monotonic() + seconds
    made, silent = 0, set[int]()
    while heads := _heads(clock(), silent):
        before = made
        for pk in heads:
            if made >= most or time.monotonic() >= until:
                return made
            made += _deliver(pk, clock, silent)
        if made == before:
            return made  # others have them
    return made


def _heads(now: datetime.datetime, silent: set[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, {"now": now, "silent": list(silent), "look": _LOOK})
        return [row[0] for row in cursor.fetchall()]


def _deliver(pk: int, clock: Clock, silent: set[int]) -> int:
    """Make an attempt of a delivery, unless another worker has it; how many were made."""
    with transaction.atomic():
        delivery = (
            WebhookDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("endpoint", "event")
            .filter(pk=pk, state=DeliveryState.WAITING, next_at__lte=clock())
            .exclude(endpoint__in=silent)
            .first()
        )
        if delivery is None:
            return 0
        if _attempt(delivery, clock) is None:
            silent.add(delivery.endpoint_id)
    return 1


def _attempt(delivery: WebhookDelivery, clock: Clock) -> int | None:
    """Ask the endpoint and write down what came of it; its status, None where it is silent."""
    now, start = clock(), time.monotonic()
    body = payload(delivery.event)
    status, response, error = None, "", ""
    try:
        target = addresses.checked(delivery.endpoint.url)
        answer = posting.post(target, body, _headers(delivery, body, now))
        status, response = answer.status, answer.text
    except AddressRefused as refused:
        error = str(refused)[:300]
    except (OSError, http.client.HTTPException) as failed:
        error = f"{type(failed).__name__}: {failed}"[:300]
    WebhookAttempt.objects.create(
        delivery=delivery, n=delivery.log.count() + 1, at=now, url=delivery.endpoint.url,
        request=body.decode(), status=status, response=response, error=error,
        milliseconds=int((time.monotonic() - start) * 1000),
    )  # fmt: skip
    _settle(delivery, taken=status is not None and 200 <= status < 300, now=clock())
    return status


def _settle(delivery: WebhookDelivery, *, taken: bool, now: datetime.datetime) -> None:
    delivery.attempts += 1
    if taken:
        delivery.state, delivery.done_at = DeliveryState.DELIVERED, now
    elif delivery.attempts >= MOST_ATTEMPTS:
        delivery.state = DeliveryState.DEAD
        log.error("webhook_given_up", delivery=delivery.pk, endpoint=delivery.endpoint_id)
    else:
        delivery.next_at = now + datetime.timedelta(seconds=pause(delivery.attempts))
    delivery.save(update_fields=["state", "attempts", "next_at", "done_at"])


def pause(attempts: int) -> float:
    """Seconds until the next attempt: doubled each time up to six hours, and between half of that
    and all of it, so that those who failed together do not come back together."""
    longest = min(_FIRST_PAUSE * 2.0 ** (attempts - 1), _LONGEST_PAUSE)
    share: float = random.uniform(0.5, 1.0)  # noqa: S311
    return longest * share


def payload(event: OutboxEvent) -> bytes:
    """The body; no name, number of a document, phone or address of a person is in it."""
    customer: dict[str, Any] | None = None
    if event.customer_id is not None:
        found = Customer.objects.only("public_id", "number").get(pk=event.customer_id)
        customer = {"id": str(found.public_id), "number": found.number}
    document = {
        "id": str(event.public_id),
        "type": event.event,
        "occurred_at": event.occurred_at.isoformat(),
        "customer": customer,
        "data": event.data,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _headers(delivery: WebhookDelivery, body: bytes, now: datetime.datetime) -> dict[str, str]:
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Fairline-Webhooks/1",
        "Fairline-Event": delivery.event.event,
        "Fairline-Event-Id": str(delivery.event.public_id),
        "Fairline-Attempt": str(delivery.attempts + 1),
        signing.HEADER: signing.sign(
            body, at=int(now.timestamp()), keys=_keys(delivery.endpoint, now)
        ),
    }


def _keys(endpoint: WebhookEndpoint, now: datetime.datetime) -> list[str]:
    keys = [endpoint.secret or ""]
    if endpoint.previous_until is not None and now < endpoint.previous_until:
        keys.append(endpoint.previous_secret or "")
    return keys
