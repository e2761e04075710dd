"""Amounts, dates and labels as the desk writes them."""

import datetime
from decimal import Decimal
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext

Words = str | Promise


#: In place of an empty cell; on a phone, where each cell has its label, it hides the cell.
NIL = mark_safe('<span class="dk-nil"></span>')


def money(amount: Decimal | None) -> str:
    """1,234.50, in every language; minus as a sign that does not break the line."""
    if amount is None:
        return ""
    return f"{amount:,.2f}".replace("-", "\N{MINUS SIGN}")


def signed(number: int | Decimal | None) -> str:
    """+3, −15: points and movements."""
    if number is None:
        return ""
    if number == 0:
        return "0"
    text = f"{number:+,.2f}" if isinstance(number, Decimal) else f"{number:+,d}"
    return text.replace("-", "\N{MINUS SIGN}")


def percent(share: Decimal) -> str:
    """0.5 is 50%; exact, without zeros at the end."""
    return f"{(share * 100).normalize():f}%"


def words_date(day: datetime.date) -> str:
    """A date within a sentence, in the words of the language."""
    return _in_words(day, get_language())


# A customer's page says some hundred dates, the same few again and again.
@lru_cache(4096)
def _in_words(day: datetime.date, language: str | None) -> str:
    return date_format(day, pgettext("date format", "j M Y"))


def words_time(moment: datetime.datetime) -> str:
    """An instant within a sentence, in the book's time zone."""
    return date_format(timezone.localtime(moment), pgettext("date format", "j M Y, H:i"))


def pill(text: Words, tone: str = "") -> SafeString:
    """A short coloured label; tones: good, warn, bad, info, none."""
    return format_html('<span class="dk-pill dk-{}">{}</span>', tone or "none", text)
