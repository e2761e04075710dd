"""The rows of the story, and where a page of it ends."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from accounts.models import User
from billing.choices import Product
from billing.models import CreditLine
from risk.explain.record import because_of
from risk.models import Correction

Data = dict[str, Any]


class Mark(NamedTuple):
    """Where a page ends: the last row's day, rank within it, kind and id."""

    on: datetime.date
    rank: int
    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.on.isoformat()}_{self.rank}_{self.id}_{self.kind}"

    @classmethod
    def parse(cls, text: str) -> "Mark | None":
        """The mark as `str` wrote it; None for anything else."""
        try:
            on, rank, id_, kind = text.split("_", 3)
            mark = cls(datetime.date.fromisoformat(on), int(rank), kind, int(id_))
        except ValueError:
            return None
        named = kind.isascii() and kind.replace("_", "").isalnum()
        return mark if named and 0 <= mark.rank < 100 and 0 <= mark.id < 2**63 else None


@dataclass(frozen=True)
class Event:
    """One row of the story. `model` and `pk` name the record; `at` is when it was booked."""

    on: datetime.date
    kind: str
    icon: str
    title: str
    detail: str = ""
    tone: str = ""
    by: str = ""
    reason: str = ""
    at: datetime.datetime | None = None
    booked_on: datetime.date | None = None
    struck: str = ""
    model: str = ""
    pk: int | None = None


@dataclass(frozen=True)
class Page:
    """Some of the story; `older` is where the next page begins, None at its end."""

    events: list[Event]
    older: Mark | None


@dataclass(frozen=True)
class Names:
    """What ids of rows are called."""

    lines: Mapping[int, str]
    users: Mapping[int, str]
    causes: Mapping[str, Any]
    corrections: Mapping[tuple[str, int], Correction]

    def line(self, data: Data) -> str:
        return self.lines.get(data.get("line") or 0, "")

    def user(self, data: Data, key: str = "by") -> str:
        return self.users.get(data.get(key) or 0, "")


#: The keys of a row's data that hold the id of a user.
PEOPLE = ("by", "decided_by")


def names_for(customer_id: int, rows: Sequence[Data]) -> Names:
    """In three queries, however many rows."""
    people = {row[key] for row in rows for key in PEOPLE if row.get(key)}
    reversals = list(Correction.objects.filter(customer_id=customer_id).order_by("pk"))
    return Names(
        lines={
            pk: str(Product(product).label)
            for pk, product in CreditLine.objects.filter(customer_id=customer_id).values_list(
                "pk", "product"
            )
        },
        users={u.pk: u.get_full_name() or u.username for u in User.objects.filter(pk__in=people)},
        causes=because_of(reversals),
        corrections={
            (row.subject, row.subject_id): row for row in reversals if row.act == "reversed"
        },
    )


def booked(event: Event, data: Data, names: Names) -> Event:
    """The event with who booked it, why and when: `by`, `reason`, `at`, `booked_on` of the data."""
    booked_on = datetime.date.fromisoformat(data["booked_on"])
    return replace(
        event,
        by=names.user(data),
        reason=data["reason"],
        at=datetime.datetime.fromisoformat(data["at"]),
        booked_on=booked_on if booked_on != event.on else None,
    )
