"""What a move of an offer means for its appeal, and who is told."""

import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.desk.formats import words_date
from accounts.models import User
from appeals import eligibility
from appeals.choices import State
from appeals.models import Appeal
from appeals.offers import sides, telling
from appeals.offers.choices import OfferState, Side
from appeals.offers.models import Offer
from appeals.offers.moves import OfferRefused
from appeals.offers.sides import By
from appeals.operations import moving, settle, turn_down

MAKE = "appeals.make_offers"


def conflict(user: User, appeal: Appeal) -> str:
    """Why this member of staff may not deal with it; empty if nothing speaks against it."""
    return eligibility.barred(user, appeal)


def require_no_conflict(by: User, appeal: Appeal) -> None:
    if not by.has_perm(MAKE):
        raise OfferRefused(_("you may not make offers"))
    if why := conflict(by, appeal):
        raise OfferRefused(why)


def require_open(appeal: Appeal) -> None:
    """Offers are made while an appeal is reviewed or negotiated."""
    state = Appeal.objects.values_list("state", flat=True).get(pk=appeal.pk)
    if state not in (State.IN_REVIEW, State.NEGOTIATING):
        raise OfferRefused(
            _("the appeal is “%(state)s”: no offer can be made now") % {"state": State(state).label}
        )


def asked(offer: Offer, *, by: By, at: datetime.datetime) -> None:
    _step(offer.appeal, "ask_approval", by=by, at=at, why=offer.number)


def turned_down(appeal: Appeal, *, by: User | None, at: datetime.datetime, own: bool) -> None:
    turn_down(appeal=appeal, by=by, at=at, own=own)


def sent(offer: Offer, *, by: By, at: datetime.datetime) -> None:
    _step(offer.appeal, "approve_offer", "negotiate", by=by, at=at, why=offer.number)
    telling.sent(offer, at=at)


def proposed(offer: Offer, *, by: By, at: datetime.datetime) -> None:
    _step(offer.appeal, "negotiate", by=by, at=at, why=offer.number)


def returned(offer: Offer, *, by: By, at: datetime.datetime) -> None:
    """It could not be carried out: staff have it back, and the customer is told."""
    closed(offer, by=by, at=at)
    telling.returned(offer, at=at)


def declined(offer: Offer, *, by: By, at: datetime.datetime, why: str) -> None:
    closed(offer, by=by, at=at)
    if offer.side == Side.CUSTOMER:
        telling.declined(offer, at=at, why=why)


def closed(offer: Offer, *, by: By, at: datetime.datetime) -> None:
    """An offer is off the table: back to review, if none is left on it."""
    if not Offer.objects.filter(appeal=offer.appeal, state=OfferState.OPEN).exists():
        _step(offer.appeal, "resume", by=by, at=at, why=offer.number)


def withdrawn(offer: Offer, *, by: By, at: datetime.datetime) -> None:
    """Taken back by who made it; what the customer takes back they need not be told."""
    closed(offer, by=by, at=at)
    if offer.side == Side.STAFF:
        telling.withdrawn(offer, at=at)


def expired(offer: Offer, *, at: datetime.datetime) -> None:
    closed(offer, by=None, at=at)
    telling.expired(offer, at=at)


def settled(offer: Offer, *, by: By, at: datetime.datetime, on: datetime.date, why: str) -> None:
    """Carried out: that decides the appeal, with the words with which the offer was granted."""
    with translation.override(offer.appeal.language):
        found = _("We agreed on the offer %(number)s, and it was carried out on %(day)s.") % {
            "number": offer.number,
            "day": words_date(on),
        }
    settle(
        appeal=offer.appeal, found=found, reasons=why or offer.words or found, changes="",
        package=offer.granted, decided_by=sides.staff(offer.made_by), by=by, at=at, on=on,
        approved_by=offer.request.decided_by if offer.request else None,
    )  # fmt: skip


def _step(appeal: Appeal, *names: str, by: By, at: datetime.datetime, why: str) -> None:
    """The first of these moves that the appeal can make from where it is, if any."""
    with moving.locked(appeal, by=by) as (row, who):
        for name in names:
            if moving.may(row, name, who):
                moving.move(row, name, who=who, by=by, at=at, why=why)
                return
