"""The columns of a list as plain text for a file that a spreadsheet will open."""

import datetime
import html
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib.admin.utils import label_for_field
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext

from accounts import crypto
from accounts.fields import EncryptedTextField

Cell = Callable[[Any], str]

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
#: Numbers as the desk writes them for people: 1,234.50 and −3 with a real minus.
_WRITTEN = re.compile("[+\N{MINUS SIGN}-]?[0-9]{1,3}(,[0-9]{3})*(\\.[0-9]+)?")
_TAG = re.compile(r"(<[^>]*>)")
#: What a spreadsheet takes for the beginning of a formula; also in full width.
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")


def safe(text: str) -> str:
    """The text, kept from being run as a formula by whatever opens the file."""
    if text[:1] in _FORMULA and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def columns(site: Any) -> tuple[list[str], list[Cell]]:
    """Headers of a list's columns, and what gives a row's text in each."""
    names = [name for name in site.list_display if name != "action_checkbox"]
    headers = [capfirst(str(label_for_field(name, site.model, site))) for name in names]
    return headers, [_cell(site, name) for name in names]


def _cell(site: Any, name: str) -> Cell:
    shown = getattr(site, name, None)
    if callable(shown):
        return lambda row: plain(shown(row), written=True)
    try:
        field = site.opts.get_field(name)
    except FieldDoesNotExist:
        return lambda row: plain(_of(row, name))
    return _field(field)


def _of(row: Any, name: str) -> Any:
    value = getattr(row, name)
    return value() if callable(value) else value


def _field(field: "Field[Any, Any]") -> Cell:
    if isinstance(field, EncryptedTextField):
        # No list shows such a column; if one does some day, the file has it masked all the same.
        return lambda row: crypto.mask(getattr(row, field.name) or "", 3, 2)
    if field.choices:
        labels = dict(field.flatchoices)
        return lambda row: plain(labels.get(getattr(row, field.name), getattr(row, field.name)))
    return lambda row: plain(getattr(row, field.name))


def plain(value: Any, *, written: bool = False) -> str:
    """A value of a list as text; `written` are numbers in the desk's own form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, datetime.datetime):
        return timezone.localtime(value).isoformat(" ", "seconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = _text(value) if isinstance(value, SafeString) else str(value)
    if written and _WRITTEN.fullmatch(text):
        return text.replace(",", "").replace("\N{MINUS SIGN}", "-").lstrip("+")
    return text


def _text(markup: str) -> str:
    """The words of markup that the desk made; its elements beside each other end in semicolons.

    Values in it are escaped, so that every bracket here is one of the desk's own tags.
    """
    if "<" not in markup:
        return html.unescape(markup)
    parts: list[list[str]] = [[]]
    depth = 0
    for piece in _TAG.split(markup):
        if piece.startswith("</"):
            depth -= 1
            if depth == 0:
                parts.append([])
        elif piece.startswith("<"):
            depth += 1
        elif words := piece.strip():
            parts[-1].append(html.unescape(words))
    return "; ".join(" ".join(words) for words in parts if words)
