"""Marks with all that they hold back: the mark, the lines' new credit, the bills' consequences.

Source: docs/promises-and-marks.md. A mark alone is `accounts.operations.set_mark`; this is the
one door for people and programs. One transaction each; `on` is the business date of the act.
"""

import datetime
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import operations as accounts_operations
from accounts.marks import CLOSES_CREDIT, Mark, MarkKind, number
from accounts.models import Customer, User
from accounts.operations import MarkRefused
from accounts.work import hardship
from billing import operations as money
from billing.choices import FactKind
from billing.models import CreditLine, Fact
from risk import operations, rules
from risk.choices import DecisionKind, Effect
from risk.models import Decision


@transaction.atomic
def mark(
    *,
    customer: Customer,
    kind: str,
    from_on: datetime.date,
    on: datetime.date,
    reason: str,
    at: datetime.datetime,
    until_on: datetime.date | None = None,
    by: User | None = None,
) -> Mark:
    """Mark a customer from `from_on` (of a death: the date of death) and hold what the mark holds,
    back to that date. Raises MarkRefused for a date that is still to come, or as `set_mark`."""
    if from_on > on:
        raise MarkRefused(_("%(day)s is still to come") % {"day": from_on})
    if until_on is not None and until_on <= on:
        raise MarkRefused(_("%(day)s is not after today") % {"day": until_on})
    row = accounts_operations.set_mark(
        customer=customer, kind=kind, from_on=from_on, until_on=until_on, by=by, reason=reason,
        at=at,
    )  # fmt: skip
    for line in _lines(customer):
        since = max(from_on, line.opened_on)
        if row.kind in CLOSES_CREDIT:
            operations.restrict_line(
                line=line, number=_number(row, line), effect=Effect.SUSPEND, on=on,
                value_on=since, by=by, reason=reason,
            )  # fmt: skip
        fees, milestones = _held(row.kind, on)
        if fees or milestones:
            money.place_hold(
                line=line, number=_number(row, line), fees=fees, milestones=milestones, on=on,
                value_on=since, until_on=until_on, by=by, reason=reason,
            )  # fmt: skip
    if row.kind == MarkKind.HARDSHIP:
        hardship.arrange(on=on, customer_id=customer.pk)
    return row


@transaction.atomic
def end_mark(
    *,
    mark: Mark,
    on: datetime.date,
    reason: str,
    at: datetime.datetime,
    by: User | None = None,
    in_error: bool = False,
) -> Mark:
    """End a mark and what it held, from `on`; one set in error never held: back to its first day.

    Raises MarkRefused as `accounts.operations.end_mark`.
    """
    ends_on = mark.from_on if in_error else on
    ended = accounts_operations.end_mark(mark=mark, on=ends_on, by=by, reason=reason, at=at)
    for line in _lines(mark.customer):
        since = max(ends_on, line.opened_on)
        if _restricted(ended, line):
            operations.lift_restriction(
                customer=mark.customer, number=_number(ended, line), on=on, value_on=since,
                by=by, reason=reason, despite_mark=True,
            )  # fmt: skip
        if _holding(ended, line):
            money.release_hold(
                line=line, number=_number(ended, line), on=on, value_on=since, by=by,
                reason=reason, despite_mark=True,
            )  # fmt: skip
    if ended.kind == MarkKind.HARDSHIP:
        hardship.arrange(on=on, customer_id=ended.customer_id)
    return ended


def _held(kind: str, on: datetime.date) -> tuple[bool, bool]:
    """Whether a mark holds late fees, and milestones: death both, hardship as the policy says."""
    if kind == MarkKind.DECEASED:
        return True, True
    if kind == MarkKind.HARDSHIP:
        rule = rules.current().on(on).policy.hardship
        return rule.hold_fees, rule.hold_milestones
    return False, False


def _holding(mark: Mark, line: CreditLine) -> bool:
    """Whether the mark's own hold of a line was placed and not released by itself."""
    booked = Fact.objects.filter(customer_id=mark.customer_id, number=_number(mark, line))
    kinds = set(booked.values_list("kind", flat=True))
    return FactKind.HOLD in kinds and FactKind.RELEASE_HOLD not in kinds


def _lines(customer: Customer) -> Iterable[CreditLine]:
    return CreditLine.objects.filter(customer=customer).select_related("customer").order_by("pk")


def _number(mark: Mark, line: CreditLine) -> str:
    return number(mark, line.pk)


def _restricted(mark: Mark, line: CreditLine) -> bool:
    """Whether the mark's own restriction of a line stands; one that staff lifted does not."""
    booked = Decision.objects.filter(customer_id=mark.customer_id, number=_number(mark, line))
    kinds = set(booked.values_list("kind", flat=True))
    return DecisionKind.RESTRICT in kinds and DecisionKind.LIFT not in kinds
