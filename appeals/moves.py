"""Which moves an appeal may make, and whose they are.

`appeals/migrations/0001_appeals.py` holds the same pairs for the database, which refuses any
other; a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from appeals.choices import State, Who

CUSTOMER, STAFF, SYSTEM = Who.CUSTOMER, Who.STAFF, Who.SYSTEM


@dataclass(frozen=True)
class Move:
    """From any of these states to one other; by any of these."""

    before: tuple[State, ...]
    after: State
    who: tuple[Who, ...]


MOVES: Mapping[str, Move] = {
    # Somebody of the staff opens it.
    "take": Move((State.SUBMITTED,), State.IN_REVIEW, (STAFF,)),
    # Something is missing: the customer is asked for it.
    "ask_customer": Move((State.IN_REVIEW, State.NEGOTIATING), State.WAITING_CUSTOMER, (STAFF,)),
    # The answer came; staff enter one that came by phone or letter.
    "answer": Move((State.WAITING_CUSTOMER,), State.IN_REVIEW, (CUSTOMER, STAFF)),
    # An offer is on the table, from either side.
    "negotiate": Move((State.IN_REVIEW,), State.NEGOTIATING, (CUSTOMER, STAFF)),
    # No offer is open any more.
    "resume": Move((State.NEGOTIATING,), State.IN_REVIEW, (CUSTOMER, STAFF, SYSTEM)),
    # What it grants is above somebody's authority.
    "ask_approval": Move(
        (State.IN_REVIEW, State.NEGOTIATING), State.WAITING_APPROVAL, (STAFF, CUSTOMER)
    ),
    # The approval was refused, taken back, or its time was over.
    "turn_down": Move((State.WAITING_APPROVAL,), State.IN_REVIEW, (STAFF, SYSTEM)),
    # Approved: back to the offer that the customer may now accept.
    "approve_offer": Move((State.WAITING_APPROVAL,), State.NEGOTIATING, (STAFF,)),
    "decide": Move(
        (State.IN_REVIEW, State.NEGOTIATING, State.WAITING_APPROVAL), State.DECIDED, (STAFF,)
    ),
    # An offer that was accepted and needs no more approval is carried out.
    "settle": Move(
        (State.NEGOTIATING, State.WAITING_APPROVAL), State.DECIDED, (CUSTOMER, STAFF, SYSTEM)
    ),
    "withdraw": Move(
        (
            State.SUBMITTED,
            State.IN_REVIEW,
            State.WAITING_CUSTOMER,
            State.NEGOTIATING,
            State.WAITING_APPROVAL,
        ),
        State.WITHDRAWN,
        (CUSTOMER, STAFF),
    ),
    # Asked, reminded, and no answer.
    "expire": Move((State.WAITING_CUSTOMER,), State.EXPIRED, (SYSTEM,)),
}


def pairs() -> set[tuple[str, str]]:
    """Every (from, to) that some move makes."""
    return {(str(b), str(move.after)) for move in MOVES.values() for b in move.before}
