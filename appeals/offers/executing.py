"""Carrying out an offer that was both accepted and approved: once, whole, or not at all."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from appeals import remedies
from appeals.models import ContestedCause
from appeals.offers import moves
from appeals.offers.choices import Step
from appeals.offers.models import Execution, Offer
from appeals.offers.sides import By
from appeals.remedies import Package
from appeals.remedies.waivers import plan_bills
from billing import operations as money
from billing.models import Hold
from risk.desk.acts import look


@transaction.atomic
def execute(offer: Offer, *, by: By, on: datetime.date, at: datetime.datetime) -> None:
    """Within the caller's transaction, under the customer's lock; checked against this moment.

    What is booked is booked by who made the offer. Raises NotCarriedOut; then nothing was done.
    """
    package = offer.granted
    before = look(offer.customer_id)
    _hold_today(offer, package, on)
    remedies.carry_out(
        package, customer=offer.customer, by=offer.made_by, on=on, name=offer.number,
        words=_("offer %(number)s") % {"number": offer.number},
    )  # fmt: skip
    Execution.objects.create(
        offer=offer, customer=offer.customer, done_on=on, done_at=at, cost=package.cost,
        months=package.months, effect={"before": before, "after": look(offer.customer_id)},
    )  # fmt: skip
    moves.move(offer, Step.ACCEPTED, by=by, at=at)


def _hold_today(offer: Offer, package: Package, on: datetime.date) -> None:
    """What the appeal holds is released with its end, from today on. A plan of today begins after
    the opening, which would then charge a fee that no instalment knows: today stays held."""
    bills = {number for remedy in package.remedies for number in plan_bills(remedy)}
    if package.as_of != on or not bills:
        return
    held = ContestedCause.objects.filter(appeal=offer.appeal).exclude(hold_number="")
    numbers = list(held.order_by("position").values_list("hold_number", flat=True))
    holds = Hold.objects.filter(customer=offer.customer_id, number__in=numbers)
    for n, hold in enumerate(holds.select_related("line").order_by("number")):
        if hold.bill_numbers is None or bills & set(hold.bill_numbers):
            money.place_hold(
                line=hold.line, number=f"{offer.number}/DAY{n}", bill_numbers=hold.bill_numbers,
                fees=hold.fees, milestones=hold.milestones, interest=hold.interest, on=on,
                until_on=on + datetime.timedelta(days=1), by=offer.made_by, reason=offer.number,
            )  # fmt: skip
