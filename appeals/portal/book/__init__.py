"""A customer's own book, as pages and API read it. Each function asks a constant number of
questions, and each of them is about this customer alone."""

from appeals.portal.book.billed import (
    BillView,
    Movement,
    bills,
    charges,
    entries,
    episode_of,
    line_names,
    movements,
    see_bills,
)
from appeals.portal.book.paid import Part, PlanView, bounced, plan_parts, plans, repayments
from appeals.portal.book.points import Move, moves
from appeals.portal.book.state import Due, Standing, on, product, standing

__all__ = [
    "BillView",
    "Due",
    "Move",
    "Movement",
    "Part",
    "PlanView",
    "Standing",
    "bills",
    "bounced",
    "charges",
    "entries",
    "episode_of",
    "line_names",
    "movements",
    "moves",
    "on",
    "plan_parts",
    "plans",
    "product",
    "repayments",
    "see_bills",
    "standing",
]
