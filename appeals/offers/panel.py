"""Offers as staff see them: on the case page, on their own page, before an approver."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from accounts.models import User
from appeals.choices import State
from appeals.models import Appeal
from appeals.offers import authority, case, queries
from appeals.offers.choices import OfferState, Side
from appeals.offers.models import Offer
from risk.desk import acts

TEMPLATE = "admin/appeals/offers/panel.html"
TONES = {
    OfferState.OPEN: "info",
    OfferState.WAITING_APPROVAL: "warn",
    OfferState.ACCEPTED: "good",
    OfferState.DECLINED: "bad",
}


@dataclass(frozen=True)
class Granted:
    """One remedy of a package: its name, its sentences, its cost."""

    label: str
    says: Sequence[str]
    cost: Decimal


def shown(offer: Offer) -> dict[str, Any]:
    """One offer readably and whole, in the language that is active."""
    package = offer.granted
    language = get_language() or "en"
    return {
        "row": offer,
        "from_customer": offer.side == Side.CUSTOMER,
        "tone": TONES.get(OfferState(offer.state), ""),
        "granted": [Granted(str(r.label), r.says(), r.cost) for r in package.remedies],
        "as_of": package.as_of,
        "steps": queries.steps(offer, language),
        "granted_before": authority.granted_since(
            offer.customer, acts.book_date() - authority.YEAR, but=offer
        ),
        **acts.effect(offer.effect["before"], offer.effect["after"]),
    }


def build(appeal: Appeal, request: HttpRequest) -> dict[str, Any]:
    """What the panel of an appeal's page shows: the offers and what may be done now."""
    user: Any = request.user
    offers = queries.of_appeal(appeal)
    allowed = may(user, appeal)
    return {
        "offers": [brief(offer, allowed) for offer in offers],
        "may_offer": allowed and appeal.state in (State.IN_REVIEW, State.NEGOTIATING),
        "compose_url": reverse("admin:appeals_offer_compose", args=[appeal.pk]),
    }


def may(user: User, appeal: Appeal) -> bool:
    return user.has_perm(case.MAKE) and not case.conflict(user, appeal)


def brief(offer: Offer, allowed: bool) -> dict[str, Any]:
    is_open = offer.state == OfferState.OPEN
    theirs = offer.side == Side.CUSTOMER
    return {
        "row": offer,
        "from_customer": theirs,
        "tone": TONES.get(OfferState(offer.state), ""),
        "granted": [
            Granted(str(r.label), r.says(), r.cost) for r in offer.granted.remedies
        ],
        "events": list(offer.events.all()),
        "url": reverse("admin:appeals_offer_change", args=[offer.pk]),
        "may_take_up": allowed and is_open and theirs,
        "may_withdraw": allowed
        and not theirs
        and offer.state in (OfferState.OPEN, OfferState.DRAFT, OfferState.WAITING_APPROVAL),
    }  # fmt: skip
