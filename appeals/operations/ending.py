"""What follows however an appeal ended, within the transaction of its last move."""

import datetime
from collections.abc import Callable

from appeals import holds, work
from appeals.models import Appeal
from appeals.operations import actors
from appeals.operations.actors import By

Ending = Callable[[Appeal, datetime.datetime], None]
_endings: list[Ending] = []


def when_ended(ending: Ending) -> None:
    """Let another part of this room clear up after an appeal."""
    if ending not in _endings:
        _endings.append(ending)


def ended(appeal: Appeal, *, on: datetime.date, by: By, at: datetime.datetime, why: str) -> None:
    """Nothing is held any more, nobody has to work on it, nothing of it is on the table."""
    holds.release(appeal, on=on, by=actors.user(by), reason=why)
    work.closed(appeal, by=actors.user(by), at=at)
    for ending in _endings:
        ending(appeal, at)
