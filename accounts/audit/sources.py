"""Where the audit log takes its rows from: a registry that rooms above accounts add to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit.entries import Data, Entry, Names

PARTS = {
    "acts": _("Acts on customers"),
    "requests": _("Requests for approval"),
    "seen": _("Shown in clear"),
    "exports": _("Exports"),
    "signin": _("Signing in"),
    "people": _("Users and roles"),
    "limits": _("Authority limits"),
    "customers": _("Changes of customers"),
}

Tell = Callable[[Entry, Data, Names], Entry]
Kinds = Callable[[], Mapping[str, str | Promise]]


@dataclass(frozen=True)
class Source:
    """One table of records, as SQL expressions over `tables`.

    `customer` is empty where a row is about no customer; such a source is left out when one is
    asked for. `by_actor` is the condition for `%(actor)s`, where `actor` alone would take no index.
    A percent sign is written twice. `kinds` are what `kind` may say, with their words.
    """

    code: str
    part: str
    tables: str
    at: str
    id: str
    tell: Tell
    kinds: Kinds
    kind: str = "''"
    customer: str = ""
    actor: str = "null"
    by_actor: str = ""
    data: str = "'{}'::jsonb"
    where: str = ""


_sources: dict[str, Source] = {}


def register(*sources: Source) -> None:
    """Add sources; a code that is known already is refused with ValueError."""
    for source in sources:
        if source.part not in PARTS:
            raise ValueError(f"{source.part} is no part of the audit log")
        if source.code in _sources:
            raise ValueError(f"registered already: {source.code}")
        _sources[source.code] = source


def all_sources() -> list[Source]:
    return list(_sources.values())


def find(code: str) -> Source | None:
    return _sources.get(code)
