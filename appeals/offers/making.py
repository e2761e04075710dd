"""New offers, of either side, and the place they take beside those before them."""

import datetime

from django.utils.translation import gettext as _

from appeals import remedies
from appeals.models import Appeal
from appeals.offers import moves
from appeals.offers.choices import OfferState, Side, Step
from appeals.offers.models import Offer
from appeals.offers.moves import OfferRefused
from appeals.offers.sides import By, user
from appeals.remedies import Package

#: For how many days an offer can be accepted, at most and unless said otherwise.
MOST_DAYS, USUAL_DAYS = 30, 14


def last_day(package: Package, on: datetime.date, days: int = USUAL_DAYS) -> datetime.date:
    """The last day on which it can be accepted: before the first instalment at any rate."""
    last = on + datetime.timedelta(days=days)
    first = _first_due(package)
    return min(last, first - datetime.timedelta(days=1)) if first else last


def make(
    *,
    appeal: Appeal,
    side: Side,
    package: Package,
    words: str,
    expires_on: datetime.date,
    by: By,
    at: datetime.datetime,
    on: datetime.date,
    replies_to: Offer | None,
) -> Offer:
    """Store an offer that could be carried out now, within the caller's transaction.

    Raises NotCarriedOut if it could not, OfferRefused for a term that does not hold.
    """
    _check_term(package, expires_on, on)
    seen = remedies.preview(package, customer=appeal.customer, by=user(by), on=on)
    offer = Offer(
        number=f"{appeal.number}/{Offer.objects.filter(appeal=appeal).count() + 1}",
        appeal=appeal, customer=appeal.customer, side=side, made_by=user(by), made_at=at,
        package=package.data(), package_hash=package.hash, words=words.strip(),
        cost=package.cost, months=package.months, effect=seen.data(), expires_on=expires_on,
        replies_to=replies_to,
    )  # fmt: skip
    return moves.begin(
        offer, Step.DRAFTED if side == Side.STAFF else Step.PROPOSED, by=by, at=at
    )  # fmt: skip


def clear_the_table(
    appeal: Appeal, side: Side, *, by: By, at: datetime.datetime, but: Offer | None = None
) -> None:
    """A new offer of `side` comes: the other side's open one is answered, one's own superseded."""
    for pk in Offer.objects.filter(appeal=appeal, state=OfferState.OPEN).values_list(
        "pk", flat=True
    ):
        if but is not None and pk == but.pk:
            continue
        offer = moves.locked(pk)
        step = Step.SUPERSEDED if offer.side == side else Step.COUNTERED
        moves.move(offer, step, by=by, at=at)


def _check_term(package: Package, expires_on: datetime.date, on: datetime.date) -> None:
    if not on <= expires_on <= on + datetime.timedelta(days=MOST_DAYS):
        raise OfferRefused(_("an offer can be accepted for %(n)s days at most") % {"n": MOST_DAYS})
    first = _first_due(package)
    if first is not None and expires_on >= first:
        raise OfferRefused(_("the last day to accept has to come before the first instalment"))


def _first_due(package: Package) -> datetime.date | None:
    days = [
        part.due_on for remedy in package.remedies for part in getattr(remedy, "instalments", ())
    ]
    return min(days, default=None)
