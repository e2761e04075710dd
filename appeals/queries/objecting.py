"""Where a customer may object: what no open appeal of theirs is about yet."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.acts import Refused
from appeals import subjects
from appeals.choices import OPEN
from appeals.models import Appeal, ContestedCause
from appeals.operations.filing import MOST_OPEN
from appeals.titles import titles


@dataclass(frozen=True)
class InReview:
    """The open appeal that is about something already."""

    number: str
    public_id: uuid.UUID


@dataclass(frozen=True)
class Objections:
    """What of one customer's is contested now; `full` if so many appeals are open that no other
    is taken."""

    contested: Mapping[tuple[str, int], InReview]
    full: bool

    def about(self, kind: str, id: int) -> InReview | None:
        return self.contested.get((kind, id))


def objections(customer_id: int) -> Objections:
    """In two questions, however much there is to object to."""
    appeals = {
        row.pk: InReview(row.number, row.public_id)
        for row in Appeal.objects.filter(customer_id=customer_id, state__in=OPEN)
    }
    causes = ContestedCause.objects.filter(appeal__in=list(appeals))
    return Objections(
        contested={
            (row.subject_kind, row.subject_id): appeals[row.appeal_id]
            for row in causes.order_by("-appeal_id")
        },
        full=len(appeals) >= MOST_OPEN,
    )


def words_for(customer_id: int, kind: str, id: int) -> str:
    """What a thing of the customer's is called, however old it is; empty if they have none such."""
    try:
        found = subjects.find(customer_id, kind, id)
    except Refused:
        return ""
    return titles([_Named(found.kind, found.id)])[(found.kind, found.id)]


@dataclass(frozen=True)
class _Named:
    subject_kind: str
    subject_id: int | None
