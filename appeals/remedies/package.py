"""Several remedies that hold together: carried out whole or not at all."""

import datetime
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from appeals.remedies.base import Remedy
from appeals.remedies.kinds import KINDS
from billing.terms import reasons

MOST_REMEDIES = 20


class NoPackage(ValueError):
    """The data is no package; the message says where and why."""


@dataclass(frozen=True)
class Package:
    """Remedies in the order in which they are shown; figures are of the end of `as_of`."""

    as_of: datetime.date
    remedies: tuple[Remedy, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.remedies) <= MOST_REMEDIES:
            raise NoPackage(_("a package has 1 to %(n)s remedies") % {"n": MOST_REMEDIES})
        subjects = [remedy.subject for remedy in self.remedies]
        for remedy in self.remedies:
            if subjects.count(remedy.subject) > 1:
                raise NoPackage(_("%(remedy)s: twice in one package") % {"remedy": remedy.label})

    @property
    def in_order(self) -> Sequence[Remedy]:
        """As they are carried out: corrections first, then waivers, the plan, what rests on it."""
        return sorted(self.remedies, key=lambda remedy: remedy.place)

    @property
    def cost(self) -> Decimal:
        """What the lender gives up by all of them together."""
        return sum((remedy.cost for remedy in self.remedies), Decimal("0.00"))

    @property
    def months(self) -> int:
        """The length of its plan; 0 without one."""
        return max(remedy.months for remedy in self.remedies)

    def data(self) -> dict[str, Any]:
        """As JSON keeps it; amounts as text, dates in ISO form."""
        return {
            "as_of": self.as_of.isoformat(),
            "remedies": [remedy.document() for remedy in self.remedies],
        }

    @property
    def canonical(self) -> str:
        """The one text of this data: keys in order, no space, no language."""
        return json.dumps(self.data(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical text, in hexadecimal."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    def says(self) -> list[list[str]]:
        """What it grants, remedy by remedy, in the language that is active."""
        return [remedy.says() for remedy in self.remedies]

    @classmethod
    def load(cls, data: object) -> "Package":
        """From JSON; raises NoPackage for anything that is not exactly a package."""
        if not isinstance(data, dict) or data.keys() != {"as_of", "remedies"}:
            raise NoPackage(_("a package is: as_of, remedies"))
        try:
            as_of = datetime.date.fromisoformat(data["as_of"])
        except (TypeError, ValueError) as error:
            raise NoPackage(_("as_of is no date")) from error
        if not isinstance(data["remedies"], list):
            raise NoPackage(_("remedies is no list"))
        return cls(as_of, tuple(_remedy(row, n) for n, row in enumerate(data["remedies"], 1)))


def _remedy(row: object, n: int) -> Remedy:
    kind = KINDS.get(row.get("kind", "")) if isinstance(row, dict) else None
    if kind is None:
        raise NoPackage(_("remedy %(n)s is of no known kind") % {"n": n})
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        why = "; ".join(f"{path} {reason}" for path, reason in reasons(error))
        raise NoPackage(
            _("remedy %(n)s (%(kind)s): %(why)s") % {"n": n, "kind": kind.label, "why": why}
        ) from error
