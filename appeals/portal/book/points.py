"""The score ledger as its customer reads it."""

import datetime
from dataclasses import dataclass

from risk.explain.outlook import ends_on, history
from risk.explain.record import Record
from risk.timeline import cause_words


@dataclass(frozen=True)
class Move:
    """Points that count or counted: what for, and until when. `id` is the ledger's."""

    id: int
    customer_id: int
    on: datetime.date
    words: str
    points: int
    ends_on: datetime.date | None
    in_force: bool
    score: int | None


def moves(record: Record) -> list[Move]:
    """The score ledger, newest first, without what was taken back."""
    after = dict(history(record))
    found = []
    for point in record.standing_points():
        ends = ends_on(record, point)
        found.append(
            Move(
                id=point.pk,
                customer_id=point.customer_id,
                on=point.on,
                words=cause_words(point.cause, point.threshold),
                points=point.points,
                ends_on=ends,
                in_force=point.on <= record.on and (ends is None or record.on < ends),
                score=after.get(point.on),
            )
        )
    return found[::-1]
