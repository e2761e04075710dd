"""What the customer is told of their appeal, in the transaction of what it tells."""

import datetime

from appeals.models import Appeal


def received(appeal: Appeal, *, at: datetime.datetime) -> None:
    """It arrived: its number, and by when it is answered."""


def needs_you(appeal: Appeal, *, at: datetime.datetime) -> None:
    """We asked for something."""


def reminded(appeal: Appeal, *, at: datetime.datetime) -> None:
    """We still need the answer, or the appeal ends."""


def extended(appeal: Appeal, *, at: datetime.datetime) -> None:
    """The legal term was extended, and why: the law wants it told."""


def decided(appeal: Appeal, *, at: datetime.datetime) -> None:
    """How it was decided; also for other systems."""


def expired(appeal: Appeal, *, at: datetime.datetime) -> None:
    """It ended without an answer."""
