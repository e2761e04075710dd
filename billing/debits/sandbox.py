"""A provider that moves no money. What it answers is said by the end of the account number.

…0001 insufficient funds, …0002 refused, …0003 debited without an answer, …0004 lost on the way,
…0005 no funds at first, then enough; all others are debited.
"""

import datetime
from decimal import Decimal

from billing.choices import DebitState
from billing.debits.channel import Answer, NoAnswer
from billing.models import SandboxDebit

LOST = "0004"
LOST_ANSWER = "0003"


class Sandbox:
    """Implements `Debits`; remembers each reference, so that it debits it once."""

    def register(self, *, bank: str, account: str) -> str:
        return f"SBX-{account[-4:]}"

    def debit(self, *, reference: str, token: str, amount: Decimal, on: datetime.date) -> Answer:
        if token.endswith(LOST):
            raise NoAnswer
        row, _new = SandboxDebit.objects.get_or_create(
            reference=reference,
            defaults={
                "amount": amount, "on": on, "outcome": _outcome(token, reference),
                "payment_id": f"SBX-{reference}",
            },
        )  # fmt: skip
        if token.endswith(LOST_ANSWER):
            raise NoAnswer
        return _answer(row)

    def ask(self, *, reference: str, on: datetime.date) -> Answer:
        row, _new = SandboxDebit.objects.get_or_create(
            reference=reference, defaults={"outcome": DebitState.VOID, "on": on}
        )
        return _answer(row)


def _outcome(token: str, reference: str) -> DebitState:
    if token.endswith("0001"):
        return DebitState.INSUFFICIENT
    if token.endswith("0002"):
        return DebitState.REFUSED
    if token.endswith("0005") and reference.endswith("-1"):
        return DebitState.INSUFFICIENT
    return DebitState.OK


def _answer(row: SandboxDebit) -> Answer:
    state = DebitState(row.outcome)
    if state == DebitState.OK:
        return Answer(state, row.payment_id, row.on)
    return Answer(state, why=str(state.label))
