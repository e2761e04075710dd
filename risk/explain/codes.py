"""Stable names of reasons: for letters, the API, and whoever counts them. Never renamed."""

from enum import StrEnum


class ReasonCode(StrEnum):
    """Why a line is restricted, apart from the figures of a policy.

    `_HELD` is the time that a rule goes on after the cause has ended.
    """

    OWN_OVERDUE = "own-overdue"
    OWN_OVERDUE_HELD = "own-overdue-held"
    LINKED_OVERDUE = "linked-overdue"
    LINKED_OVERDUE_HELD = "linked-overdue-held"
    LINKED_SEVERE = "linked-severe"
    LINKED_SEVERE_HELD = "linked-severe-held"
    SCORE_LOW = "score-low"
    SCORE_DROPPED = "score-dropped"
    PLAN_BROKEN = "plan-broken"
    STAFF_DECISION = "staff-decision"
