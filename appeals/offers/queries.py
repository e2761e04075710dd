"""Questions about offers: the table of an appeal, and what a customer is shown."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import translation

from accounts.models import Customer
from appeals.models import Appeal
from appeals.offers.choices import OfferState, Side, Step
from appeals.offers.models import Offer, OfferEvent
from appeals.offers.text import hash_of, text_of
from risk.desk import acts

MOST = 50
#: With one of these steps an offer came before the customer; a draft put aside never did.
SHOWN = (Step.SENT, Step.PROPOSED, Step.ACCEPTED)


@dataclass(frozen=True)
class CustomerOffer:
    """An offer as its customer sees it, in one language; what it costs the lender is not theirs."""

    number: str
    side: str
    state: str
    state_label: str
    granted: Sequence[Sequence[str]]
    words: str
    made_at: datetime.datetime
    expires_on: datetime.date
    steps: Sequence[dict[str, Any]]
    text: str
    text_hash: str
    can_be_accepted: bool
    can_be_withdrawn: bool


def of_appeal(appeal: Appeal) -> list[Offer]:
    """Every offer of an appeal, newest first, with what its panel shows."""
    return list(
        Offer.objects.filter(appeal=appeal)
        .select_related("appeal", "made_by", "request__decided_by", "replies_to", "execution")
        .prefetch_related("events__by", "signatures")
        .order_by("-pk")[:MOST]
    )


def open_offer(appeal: Appeal) -> Offer | None:
    """The offer on the table, of either side."""
    return (
        Offer.objects.filter(appeal=appeal, state=OfferState.OPEN).select_related("appeal").first()
    )


def find(customer: Customer, number: str) -> Offer | None:
    """An offer by its number, if it is this customer's and was sent to them or made by them."""
    return (
        Offer.objects.filter(customer=customer, number=number)
        .exclude(side=Side.STAFF, state__in=[OfferState.DRAFT, OfferState.WAITING_APPROVAL])
        .select_related("appeal", "customer")
        .first()
    )


def for_customer(
    appeal: Appeal, language: str, on: datetime.date | None = None
) -> list[CustomerOffer]:
    """What the customer sees of an appeal's offers, newest first: no drafts of staff."""
    rows = (
        Offer.objects.filter(appeal=appeal)
        .exclude(side=Side.STAFF, state__in=[OfferState.DRAFT, OfferState.WAITING_APPROVAL])
        .annotate(shown=Exists(OfferEvent.objects.filter(offer=OuterRef("pk"), step__in=SHOWN)))
        .filter(shown=True)
        .select_related("appeal")
        .order_by("-pk")[:MOST]
    )
    today = on or acts.book_date()
    return [as_customer_sees(row, language, today) for row in rows]


def as_customer_sees(offer: Offer, language: str, on: datetime.date) -> CustomerOffer:
    said = text_of(offer, language)
    with translation.override(language):
        granted = offer.granted.says()
        label = str(OfferState(offer.state).label)
    is_open = offer.state == OfferState.OPEN
    return CustomerOffer(
        number=offer.number, side=offer.side, state=offer.state, state_label=label,
        granted=granted, words=offer.words, made_at=offer.made_at, expires_on=offer.expires_on,
        steps=steps(offer, language), text=said, text_hash=hash_of(said),
        can_be_accepted=is_open and offer.side == Side.STAFF and offer.expires_on >= on,
        can_be_withdrawn=is_open and offer.side == Side.CUSTOMER,
    )  # fmt: skip


def steps(offer: Offer, language: str) -> list[dict[str, Any]]:
    """What it would change when, as foretold when it was made."""
    return dated(offer.effect.get("told", {}).get(language, []))


def dated(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Told steps as JSON keeps them, with dates as dates."""
    return [{**row, "on": datetime.date.fromisoformat(row["on"])} for row in rows]
