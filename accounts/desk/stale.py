"""A form that was made before somebody else's change shows the change instead of undoing it.

The page carries, signed, what it showed. When the form comes back, that is compared with what
stands: if it differs, nothing is saved, and the reader sees both values with who changed them and
when, and what they had entered is still in the form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

_SALT = "accounts.desk.stale"
FIELD = "_seen"


@dataclass(frozen=True)
class Difference:
    """One value: as the page showed it, and as it is now."""

    what: str
    before: str
    now: str


@dataclass(frozen=True)
class Change:
    """Somebody's change since the page was made; `by` is empty for the night's own."""

    at: datetime
    by: str
    what: str = ""
    words: str = ""


@dataclass(frozen=True)
class Stale:
    """What a page shows instead of saving."""

    differences: Sequence[Difference]
    changes: Sequence[Change] = ()


def token(values: Mapping[str, Any]) -> str:
    """What was shown, for a hidden field of the form."""
    return signing.dumps(dict(values), salt=_SALT, compress=True)


def shown(text: str) -> dict[str, Any] | None:
    """What the page had shown; None if that is missing or was tampered with."""
    try:
        found: dict[str, Any] = signing.loads(text, salt=_SALT)
    except signing.BadSignature:
        return None
    return found


def differences(
    before: Mapping[str, Any], now: Mapping[str, Any], labels: Mapping[str, Any]
) -> list[Difference]:
    """The values that differ, under their labels."""
    return [
        Difference(str(label), _said(before.get(name)), _said(now.get(name)))
        for name, label in labels.items()
        if before.get(name) != now.get(name)
    ]


def _said(value: Any) -> str:
    if value is None or value == "" or value == []:
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return str(value)
