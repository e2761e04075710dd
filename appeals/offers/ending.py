"""An appeal has ended: no offer of it is on the table any more."""

import datetime

from django.utils.translation import gettext as _

from appeals.models import Appeal
from appeals.offers import moves
from appeals.offers.choices import OfferState, Step
from appeals.offers.models import Offer
from appeals.operations.ending import when_ended


def clear(appeal: Appeal, at: datetime.datetime) -> None:
    """Take back what is open or drafted; what waits for approval is found impossible there."""
    rows = Offer.objects.filter(appeal=appeal, state__in=[OfferState.OPEN, OfferState.DRAFT])
    for pk in rows.order_by("pk").values_list("pk", flat=True):
        offer = moves.locked(pk)
        moves.move(offer, Step.WITHDRAWN, by=None, at=at, words=_("the appeal has ended"))


def announce() -> None:
    when_ended(clear)
