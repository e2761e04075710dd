"""The one writer of an offer's state."""

import datetime

from django.utils.translation import gettext as _

from accounts.acts import Refused
from appeals.offers.choices import STEPS, OfferState, Step
from appeals.offers.models import Offer, OfferEvent
from appeals.offers.sides import By, user


class OfferRefused(Refused):
    """It cannot be done with this offer now; the message says why."""


def locked(pk: int) -> Offer:
    """The offer as it is now, held until the commit. The customer's row is taken before it."""
    return (
        Offer.objects.select_for_update(of=("self",))
        .select_related("appeal", "customer")
        .get(pk=pk)
    )


def move(offer: Offer, step: Step, *, by: By, at: datetime.datetime, words: str = "") -> Offer:
    """Make one step, within the caller's transaction. Raises OfferRefused if it is not possible."""
    before, after = STEPS[step]
    if offer.state not in before:
        raise OfferRefused(
            _("the offer %(number)s is %(state)s")
            % {"number": offer.number, "state": OfferState(offer.state).label}
        )
    offer.state = after
    offer.save(update_fields=["state", "request"])
    OfferEvent.objects.create(offer=offer, step=step, by=user(by), at=at, words=words)
    return offer


def begin(offer: Offer, step: Step, *, by: By, at: datetime.datetime) -> Offer:
    """Store a new offer in the state that its first step gives it."""
    offer.state = STEPS[step][1]
    offer.save(force_insert=True)
    OfferEvent.objects.create(offer=offer, step=step, by=user(by), at=at, words=offer.words)
    return offer
