"""What the customer is told of offers, in the transaction of what it tells."""

import datetime
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.desk.formats import words_date
from accounts.notices import Kind, queue, register, texts_in
from appeals.offers.models import Offer

_TEXTS = Path(__file__).resolve().parent / "texts"
_APPEAL: dict[str, Any] = {"appeal": "AP000123"}
_UNTIL: dict[str, Any] = {**_APPEAL, "until": "2026年4月3日"}


def _kind(code: str, label: Any, variables: dict[str, Any]) -> Kind:
    return Kind(code, label, variables, texts_in(_TEXTS, code), days=30)


KINDS = (
    _kind(
        "offer_open",
        _("Offer made in an appeal"),
        {**_UNTIL, "lines": ["账单 L1/2026-03 的违约金 8.20 予以免除。"]},
    ),
    _kind(
        "offer_declined",
        _("Proposal of a customer declined"),
        {**_APPEAL, "why": "您提供的收入证明显示每月可还 300.00。"},
    ),
    _kind("offer_returned", _("Accepted offer no longer possible"), _APPEAL),
    _kind("offer_expired", _("Offer expired"), _UNTIL),
)


def announce() -> None:
    """Register the kinds of this package."""
    register(*KINDS)


def sent(offer: Offer, *, at: datetime.datetime) -> None:
    with translation.override(offer.customer.language):
        lines = [line for said in offer.granted.says() for line in said]
    _tell(offer, "offer_open", at, lines=lines, until=_day(offer))


def declined(offer: Offer, *, at: datetime.datetime, why: str) -> None:
    _tell(offer, "offer_declined", at, why=why)


def returned(offer: Offer, *, at: datetime.datetime) -> None:
    _tell(offer, "offer_returned", at)


def expired(offer: Offer, *, at: datetime.datetime) -> None:
    _tell(offer, "offer_expired", at, until=_day(offer))


def _day(offer: Offer) -> str:
    with translation.override(offer.customer.language):
        return words_date(offer.expires_on)


def _tell(offer: Offer, kind: str, at: datetime.datetime, **facts: Any) -> None:
    """Once for each move: an offer that comes back and is sent again is told of again."""
    queue(
        customer=offer.customer,
        kind=kind,
        key=f"{offer.number}:{offer.events.count()}",
        about=f"offer:{offer.appeal.number}",
        context={"appeal": offer.appeal.number, **facts},
        at=at,
    )
