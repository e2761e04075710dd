"""Acts on endpoints and deliveries, by administrators."""

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.outbox import addresses, signing
from accounts.outbox.choices import DeliveryState, Event
from accounts.outbox.models import WebhookDelivery, WebhookEndpoint

#: While a secret is replaced, messages carry both signatures for so long.
BOTH_SIGN = datetime.timedelta(days=7)


class EndpointRefused(Exception):
    """The endpoint cannot be kept so; `field` says which value, the message why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotSettled(Exception):
    """The delivery is not one that waits for a person; the message says why."""


@transaction.atomic
def open_endpoint(
    *, name: str, url: str, wants: Sequence[str], by: Any, at: datetime.datetime
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret, which is shown this once. Raises EndpointRefused."""
    _check(name, url, wants, None)
    secret = signing.new_secret()
    endpoint = WebhookEndpoint.objects.create(
        name=name.strip(), url=url, wants=list(wants), secret=secret, created_by=by, created_at=at
    )
    return endpoint, secret


@transaction.atomic
def change_endpoint(
    endpoint: WebhookEndpoint, *, name: str, url: str, wants: Sequence[str], active: bool
) -> WebhookEndpoint:
    """Change an endpoint; what waits for it goes to the new address. Raises EndpointRefused."""
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    _check(name, url, wants, endpoint)
    endpoint.name, endpoint.url = name.strip(), url
    endpoint.wants, endpoint.active = list(wants), active
    endpoint.save(update_fields=["name", "url", "wants", "active"])
    return endpoint


@transaction.atomic
def rotate_secret(endpoint: WebhookEndpoint, *, at: datetime.datetime) -> str:
    """A new secret, shown this once; the one before it signs too for seven days."""
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    endpoint.previous_secret, endpoint.previous_until = endpoint.secret, at + BOTH_SIGN
    endpoint.secret = secret = signing.new_secret()
    endpoint.save(update_fields=["secret", "previous_secret", "previous_until"])
    return secret


@transaction.atomic
def send_again(delivery: WebhookDelivery, *, by: Any, at: datetime.datetime) -> None:
    """Have a delivery made once more, from the first attempt on: one that was given up, one that
    waits for its next attempt, or one that was done. Raises NotSettled if those behind it went."""
    delivery = WebhookDelivery.objects.select_for_update().get(pk=delivery.pk)
    if delivery.state == DeliveryState.SKIPPED:
        raise NotSettled(_("it was skipped: the endpoint went on without it"))
    delivery.state, delivery.attempts, delivery.next_at = DeliveryState.WAITING, 0, at
    delivery.done_at, delivery.settled_by = None, by
    delivery.save()


@transaction.atomic
def skip(delivery: WebhookDelivery, *, by: Any, at: datetime.datetime) -> None:
    """Leave out a delivery that was given up, so that those behind it go on. Raises NotSettled."""
    delivery = WebhookDelivery.objects.select_for_update().get(pk=delivery.pk)
    if delivery.state != DeliveryState.DEAD:
        raise NotSettled(_("only what was given up is skipped"))
    delivery.state, delivery.done_at, delivery.settled_by = DeliveryState.SKIPPED, at, by
    delivery.save()


def _check(name: str, url: str, wants: Sequence[str], known: WebhookEndpoint | None) -> None:
    if not name.strip():
        raise EndpointRefused("name", _("give it a name"))
    same = WebhookEndpoint.objects.filter(name=name.strip()).first()
    if same is not None and (known is None or same.pk != known.pk):
        raise EndpointRefused("name", _("another endpoint has this name"))
    if not wants or set(wants) - set(Event.values):
        raise EndpointRefused("wants", _("choose at least one event"))
    if known is None or url != known.url:
        try:
            addresses.checked(url)
        except addresses.AddressRefused as error:
            raise EndpointRefused("url", str(error)) from error
