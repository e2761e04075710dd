"""One function a kind of cell: the text as the database takes it, or CellRefused with the reason.

Amounts and dates come as text and stay text: PostgreSQL reads them exactly. Only ASCII digits
count; no sign, exponent, blank or separator of thousands.
"""

import datetime
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

Check = Callable[[str], str | None]

FIRST_DATE: Final = "1900-01-01"
LAST_DATE: Final = "2199-12-31"
MOST_INSTALMENTS: Final = 360

_AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{3,28}[0-9]")
_ID_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z ()/-]{2,38}")
# What the engine calls its own bills: statements, and what is left of a lost dispute.
_OWN_NUMBER = re.compile(r".*/(?:pay_later/[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?|disputed)")


class CellRefused(ValueError):
    """The cell does not hold; the message is the reason, to stand after the value."""


def identity(longest: int) -> Check:
    """A name that the outside gave: not empty, printable, without blanks at its ends."""

    def check(cell: str) -> str:
        if not cell:
            raise CellRefused(_("is empty"))
        if len(cell) > longest:
            raise CellRefused(_("is longer than %(n)s characters") % {"n": longest})
        if not cell.isprintable():
            raise CellRefused(_("contains a character that cannot be printed"))
        if cell[0] == " " or cell[-1] == " ":
            raise CellRefused(_("begins or ends with a blank"))
        return cell

    return check


def bill_number(longest: int) -> Check:
    plain = identity(longest)

    def check(cell: str) -> str | None:
        if _OWN_NUMBER.fullmatch(cell):
            raise CellRefused(_("is a number that the book gives to its own bills"))
        return plain(cell)

    return check


def person(cell: str) -> str:
    """The name of a customer."""
    if not cell.strip():
        raise CellRefused(_("is empty"))
    if len(cell) > 120:
        raise CellRefused(_("is longer than %(n)s characters") % {"n": 120})
    if _CONTROL.search(cell):
        raise CellRefused(_("contains a character that cannot be printed"))
    return cell


@lru_cache(maxsize=20_000)
def date(cell: str) -> str:
    """YYYY-MM-DD and nothing else. Cached: a book has few dates, and each of them often."""
    if not cell:
        raise CellRefused(_("is empty"))
    if not _DATE.fullmatch(cell):
        raise CellRefused(_("is no date (YYYY-MM-DD)"))
    try:
        datetime.date.fromisoformat(cell)
    except ValueError as error:
        raise CellRefused(_("is no day of the calendar")) from error
    if not FIRST_DATE <= cell <= LAST_DATE:
        raise CellRefused(_("is not between 1900 and 2199"))
    return cell


def amount(cell: str) -> str:
    """An amount of money: at most 12 digits, and at most two after the point."""
    if not _AMOUNT.fullmatch(cell):
        raise CellRefused(_why_no_amount(cell))
    return cell


def limit(cell: str) -> str | None:
    """The limit of a line; empty where the customer has no such line."""
    return amount(cell) if cell else None


def _why_no_amount(cell: str) -> str:
    if not cell:
        return _("is empty")
    if re.fullmatch(r"-[0-9]+(\.[0-9]+)?", cell):
        return _("is negative")
    if re.fullmatch(r"[+-]?(nan|inf|infinity)", cell.lower()):
        return _("is not finite")
    if re.fullmatch(r"[0-9]{13,}(\.[0-9]*)?", cell):
        return _("is beyond 12 digits")
    if re.fullmatch(r"[0-9]+\.[0-9]{3,}", cell):
        return _("is finer than the cent")
    return _("is no amount (digits, at most two after the point)")


def product(cell: str) -> str:
    if cell not in ("pay_later", "cash_loan"):
        raise CellRefused(_("is no line (pay_later or cash_loan)"))
    return cell


def instalments(cell: str) -> str:
    if not re.fullmatch(r"[0-9]{1,3}", cell) or not 1 <= int(cell) <= MOST_INSTALMENTS:
        raise CellRefused(_("is no number of instalments (1 to 360)"))
    return cell


def phone(cell: str) -> str | None:
    if cell and not _PHONE.fullmatch(cell):
        raise CellRefused(_("is no phone number"))
    return cell


def id_number(cell: str) -> str | None:
    if cell and not _ID_NUMBER.fullmatch(cell):
        raise CellRefused(_("is no ID number"))
    return cell


def language(cell: str) -> str | None:
    known = [code for code, _name in settings.LANGUAGES]
    if cell and cell not in known:
        raise CellRefused(_("is no language (%(known)s)") % {"known": ", ".join(known)})
    return cell or None
