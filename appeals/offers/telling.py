"""What the customer is told of offers, in the transaction of what it tells: by a notice, and where
an offer leaves the table without an answer, in the thread too."""

import datetime
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.formats import words_date
from accounts.notices import Kind, queue, register, texts_in
from appeals.choices import Who
from appeals.offers.choices import Side
from appeals.offers.models import Offer
from appeals.operations.thread import post

_TEXTS = Path(__file__).resolve().parent / "texts"
_APPEAL: dict[str, Any] = {"appeal": "AP000123"}
_UNTIL: dict[str, Any] = {**_APPEAL, "until": "2026年4月3日"}


def _kind(code: str, label: Any, variables: dict[str, Any]) -> Kind:
    return Kind(code, label, variables, texts_in(_TEXTS, code), days=30)


KINDS = (
    _kind(
        "offer_open",
        gettext_lazy("Offer made in an appeal"),
        {**_UNTIL, "lines": ["账单 L1/2026-03 的违约金 8.20 予以免除。"]},
    ),
    _kind(
        "offer_declined",
        gettext_lazy("Proposal of a customer declined"),
        {**_APPEAL, "why": "您提供的收入证明显示每月可还 300.00。"},
    ),
    _kind("offer_returned", gettext_lazy("Accepted offer no longer possible"), _APPEAL),
    _kind(
        "offer_withdrawn",
        gettext_lazy("Offer withdrawn by us"),
        {**_APPEAL, "offer": "AP000123/1"},
    ),
    _kind("offer_expired", gettext_lazy("Offer expired"), _UNTIL),
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


def withdrawn(offer: Offer, *, at: datetime.datetime) -> None:
    """We took it back. Why is said in a message by whoever did, if at all: the words on the
    offer's log are for colleagues."""
    with translation.override(offer.appeal.language):
        said = _("We took back the offer %(number)s. It cannot be accepted any more; your appeal "
                 "goes on.")  # fmt: skip
    _say(offer, said, at)
    _tell(offer, "offer_withdrawn", at, offer=offer.number)


def expired(offer: Offer, *, at: datetime.datetime) -> None:
    with translation.override(offer.appeal.language):
        ours = _("Our offer %(number)s could be accepted until %(day)s and has expired. Your "
                 "appeal goes on.")  # fmt: skip
        theirs = _("Your offer %(number)s held until %(day)s and has expired. Your appeal goes on.")
    _say(offer, ours if offer.side == Side.STAFF else theirs, at)
    _tell(offer, "offer_expired", at, until=_day(offer))


def _say(offer: Offer, text: str, at: datetime.datetime) -> None:
    """In the thread, in the language of the appeal; by nobody of the staff."""
    with translation.override(offer.appeal.language):
        words = {"number": offer.number, "day": words_date(offer.expires_on)}
    post(offer.appeal, text % words, who=Who.SYSTEM, by=None, at=at)


def _day(offer: Offer) -> str:
    with translation.override(offer.customer.language):
        return words_date(offer.expires_on)


def _tell(offer: Offer, kind: str, at: datetime.datetime, /, **facts: Any) -> None:
    """Once for each move: an offer that comes back and is sent again is told of again."""
    queue(
        customer=offer.customer,
        kind=kind,
        key=f"{offer.number}:{offer.events.count()}",
        about=f"offer:{offer.appeal.number}",
        context={"appeal": offer.appeal.number, **facts},
        at=at,
    )
