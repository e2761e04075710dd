"""From entered fields to the forms of remedies: several of a kind, none of them twice the same."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Customer, User
from appeals.remedies import NotComposed, Package, compose
from appeals.remedies.base import RemedyForm
from appeals.remedies.kinds import FORMS

#: So many remedies of one kind in one package.
MOST_OF_A_KIND = 6


@dataclass
class Composer:
    """The remedies that somebody is putting together; `keys` are like `fee_waiver-0`."""

    customer: Customer
    on: datetime.date
    keys: list[str]
    forms: dict[str, RemedyForm]
    error: str = ""
    failed: list[str] = field(default_factory=list)

    def is_valid(self) -> bool:
        self.failed = [key for key, form in self.forms.items() if not form.is_valid()]
        return bool(self.forms) and not self.failed

    def package(self, by: User | None) -> Package | None:
        """What they ask for; None with `error` set, or the errors at their fields."""
        if not self.is_valid():
            return None
        try:
            return compose(list(self.forms.values()), customer=self.customer, by=by, on=self.on)
        except NotComposed as why:
            self.error = str(why)
            return None


def composer(
    customer: Customer,
    on: datetime.date,
    keys: Iterable[str],
    data: Any = None,
    kinds: Iterable[str] = tuple(FORMS),
) -> Composer:
    """Bound to `data` where given, each form under its key as prefix. Unknown keys are left out."""
    allowed = set(kinds)
    known = [key for key in dict.fromkeys(keys) if kind_of(key) in allowed]
    forms = {
        key: FORMS[kind_of(key)](data, prefix=key, customer=customer, as_of=on) for key in known
    }
    return Composer(customer, on, known, forms)


def from_wishes(
    customer: Customer, on: datetime.date, wishes: Sequence[Mapping[str, Any]], kinds: Iterable[str]
) -> Composer:
    """From plain data, as an API gives it: `[{"kind": "repayment_plan", "bills": […], …}, …]`."""
    allowed = set(kinds)
    forms: dict[str, RemedyForm] = {}
    for n, wish in enumerate(wishes):
        kind = str(wish.get("kind", ""))
        if kind not in allowed:
            return Composer(customer, on, [], {}, error=kind or "kind")
        forms[f"{kind}-{n}"] = FORMS[kind](dict(wish), customer=customer, as_of=on)
    return Composer(customer, on, list(forms), forms)


def customer_kinds() -> list[str]:
    """What a customer may ask for in an offer of their own."""
    return [kind for kind, form in FORMS.items() if form.for_customers]


def kind_of(key: str) -> str:
    """The kind of a key; empty for what is no key."""
    kind, _, n = key.rpartition("-")
    return kind if kind in FORMS and n.isdecimal() and len(n) < 3 else ""


def next_key(keys: Sequence[str], kind: str) -> str:
    """A key that is free; empty where there are enough of the kind."""
    taken = [key for key in keys if kind_of(key) == kind]
    if kind not in FORMS or len(taken) >= MOST_OF_A_KIND:
        return ""
    return next(f"{kind}-{n}" for n in range(99) if f"{kind}-{n}" not in taken)
