"""Carrying out an offer that was both accepted and approved: once, whole, or not at all."""

import datetime

from django.utils.translation import gettext as _

from appeals import remedies
from appeals.offers import moves
from appeals.offers.choices import Step
from appeals.offers.models import Execution, Offer
from appeals.offers.sides import By
from risk.desk.acts import look


def execute(offer: Offer, *, by: By, on: datetime.date, at: datetime.datetime) -> None:
    """Within the caller's transaction, under the customer's lock; checked against this moment.

    What is booked is booked by who made the offer. Raises NotCarriedOut; then nothing was done.
    """
    package = offer.granted
    before = look(offer.customer_id)
    remedies.carry_out(
        package, customer=offer.customer, by=offer.made_by, on=on, name=offer.number,
        words=_("offer %(number)s") % {"number": offer.number},
    )  # fmt: skip
    Execution.objects.create(
        offer=offer, customer=offer.customer, done_on=on, done_at=at, cost=package.cost,
        months=package.months, effect={"before": before, "after": look(offer.customer_id)},
    )  # fmt: skip
    moves.move(offer, Step.ACCEPTED, by=by, at=at)
