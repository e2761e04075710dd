"""The text of an offer: what both sides read, and what the customer signs."""

import datetime
import hashlib

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.desk.formats import words_date
from appeals.offers.models import Offer
from appeals.remedies import Package


def text(
    package: Package, *, about: str, words: str, expires_on: datetime.date, language: str
) -> str:
    """In one language, the same whenever it is asked for; `about` is the appeal's number."""
    with translation.override(language):
        lines = [
            _("Offer in appeal %(appeal)s, with the figures of %(day)s")
            % {"appeal": about, "day": words_date(package.as_of)},
            "",
        ]
        for n, said in enumerate(package.says(), start=1):
            lines += [f"{n}. {said[0]}", *(f"   {sentence}" for sentence in said[1:])]
        if words:
            lines += ["", words.strip()]
        lines += [
            "",
            _("It can be accepted until the end of %(day)s. With the acceptance all of it is "
              "carried out at once, or none of it if the account has changed meanwhile.")
            % {"day": words_date(expires_on)},
        ]  # fmt: skip
    return "\n".join(lines)


def text_of(offer: Offer, language: str) -> str:
    return text(
        offer.granted,
        about=offer.appeal.number,
        words=offer.words,
        expires_on=offer.expires_on,
        language=language,
    )


def hash_of(text: str) -> str:
    """SHA-256 of exactly this text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
