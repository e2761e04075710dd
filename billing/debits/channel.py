"""What a channel that debits accounts has to offer, and which one does it for a channel's code."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from billing.choices import DebitState

#: When a channel that debits usually does so on a due day, in the book's time zone.
USUAL_TIMES = (datetime.time(8), datetime.time(13), datetime.time(18))


class NoAnswer(Exception):
    """The channel did not answer in time: it may have debited or not."""


@dataclass(frozen=True)
class Answer:
    """What became of a debit: OK with the channel's payment id and the day of the money, or
    INSUFFICIENT or REFUSED with its words; VOID: it was never asked, and never will be done."""

    state: DebitState
    payment_id: str = ""
    on: datetime.date | None = None
    why: str = ""


class Debits(Protocol):
    """A provider of debits. Each call ends within seconds or raises NoAnswer.

    `debit`: the same reference again gives the first answer and moves no more money. `ask`: what
    became of a reference; one that it does not know is closed (VOID): a debit of that reference
    that still arrives is refused.
    """

    def register(self, *, bank: str, account: str) -> str:
        """What the channel calls an account from now on; the number is not kept by us."""
        ...

    def debit(
        self, *, reference: str, token: str, amount: Decimal, on: datetime.date
    ) -> Answer: ...

    def ask(self, *, reference: str, on: datetime.date) -> Answer: ...


def debits_of(code: str) -> Debits | None:
    """The provider for a channel, as DEBIT_ADAPTERS names it."""
    path = settings.DEBIT_ADAPTERS.get(code)
    return cast(Debits, import_string(path)()) if path else None
