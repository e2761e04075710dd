"""While an appeal contests a cause, that cause escalates no further; others do.

What stops is the policy's: new fees, new milestones, notices. A hold is a fact of the book, placed
on the bills that the cause rests on and released when the appeal ends.
"""

import datetime

from accounts.models import User
from appeals.models import Appeal


def place(appeal: Appeal, *, on: datetime.date, by: User | None) -> None:
    """Hold the bills of every cause the appeal contests, once a line."""
    return


def release(appeal: Appeal, *, on: datetime.date, by: User | None, reason: str) -> None:
    """Let the bills go on; those that another open appeal holds stay held by its own hold."""
    return
