"""The rows of the audit log, and where a page of it ends."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from accounts.models import Customer, User

Data = dict[str, Any]


class Mark(NamedTuple):
    """Where a page ends: the last row's instant, source and id."""

    at: datetime.datetime
    code: str
    id: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.code}~{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Mark | None":
        """The mark as `str` wrote it; None for anything else."""
        try:
            at, code, id_ = text.replace(" ", "+").split("~")
            mark = cls(datetime.datetime.fromisoformat(at), code, int(id_))
        except ValueError:
            return None
        named = code.isascii() and code.replace("_", "").isalnum()
        return mark if mark.at.tzinfo and named and 0 <= mark.id < 2**63 else None


@dataclass(frozen=True)
class Change:
    """One thing that is not as before; `before` is None where no record tells it."""

    name: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Entry:
    """One row. `model` and `pk` name the record that it leads to."""

    at: datetime.datetime
    kind: str
    title: str = ""
    detail: str = ""
    icon: str = "circle"
    tone: str = ""
    actor: str = ""
    customer: Customer | None = None
    reason: str = ""
    words: str = ""
    changes: tuple[Change, ...] = ()
    model: str = ""
    pk: int | None = None


@dataclass(frozen=True)
class Names:
    """What ids of rows are called."""

    users: Mapping[int, str]
    customers: Mapping[int, Customer]

    def user(self, pk: Any) -> str:
        return self.users.get(int(pk), f"#{pk}") if pk else ""


#: The keys of a row's data that hold the id of a user.
PEOPLE = ("by", "approved_by", "user")


def names_for(rows: Sequence[tuple[Any, ...]]) -> Names:
    """In two queries, however many rows; a row is (mark, kind, customer, actor, data)."""
    people = {int(actor) for _m, _k, _c, actor, _d in rows if actor}
    people |= {int(data[key]) for *_rest, data in rows for key in PEOPLE if data.get(key)}
    customers = {customer for _m, _k, customer, _a, _d in rows if customer}
    return Names(
        users={u.pk: u.get_full_name() or u.username for u in User.objects.filter(pk__in=people)},
        # Without the columns that would have to be decrypted.
        customers=Customer.objects.only("pk", "number", "name").in_bulk(customers),
    )
