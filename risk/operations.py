"""Acts that decide about a customer's credit status. Each is one transaction with all its
consequences. `on` is the booking date, `value_on` when it counts; both business dates."""

import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import forbidding
from accounts import operations as accounts_operations
from accounts.acts import Refused
from accounts.models import Customer, User
from billing.models import BusinessDay, CreditLine
from risk import assessment
from risk.choices import DecisionKind, Effect, PolicyStatus
from risk.models import Decision, PolicyVersion
from risk.policy import PolicyError, load_policy


class DecisionRefused(Refused):
    """The decision cannot be booked; the message says which value and why."""


def exempt(
    *,
    line: CreditLine,
    code: str,
    until_on: datetime.date,
    on: datetime.date,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Decision:
    """Switch one restriction code off on one line until the day before `until_on`.

    Raises MarkForbids for what a mark of death or of a court restricts.
    """
    forbidding.require_end_of_mark(code.removeprefix("manual:"), on=on)
    if until_on <= (value_on or on):
        raise DecisionRefused(_("until %(until)s is not after the date") % {"until": until_on})
    return _book(
        DecisionKind.EXEMPT,
        line.customer,
        on,
        value_on,
        by,
        line=line,
        code=code,
        until_on=until_on,
        reason=reason,
    )


def forgive_episode(
    *,
    customer: Customer,
    bill_number: str,
    on: datetime.date,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Decision:
    """Take back the past_due and repeat points of the episode that holds a bill."""
    return _book(
        DecisionKind.FORGIVE, customer, on, value_on, by, bill_number=bill_number, reason=reason
    )


def verify_income(
    *,
    customer: Customer,
    on: datetime.date,
    number: str | None = None,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Decision:
    """Staff verified the customer's income."""
    return _book(DecisionKind.INCOME, customer, on, value_on, by, number=number, reason=reason)


def restrict_line(
    *,
    line: CreditLine,
    number: str,
    effect: str,
    on: datetime.date,
    factor: Decimal | None = None,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Decision:
    """Restrict a line by hand; its code is `manual:NUMBER`. `reduce` needs a factor of 0 to 1."""
    if (effect == Effect.REDUCE) != (factor is not None):
        raise DecisionRefused(_("a factor belongs to reduce, and to nothing else"))
    return _book(
        DecisionKind.RESTRICT,
        line.customer,
        on,
        value_on,
        by,
        line=line,
        number=number,
        effect=effect,
        factor=factor,
        reason=reason,
    )


def lift_restriction(
    *,
    customer: Customer,
    number: str,
    on: datetime.date,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
    despite_mark: bool = False,
) -> Decision:
    """Lift the restriction that staff set under this number.

    Raises MarkForbids for what a mark of death or of a court restricts, unless it is lifted with
    the mark or because the court allows it (`despite_mark`).
    """
    if not despite_mark:
        forbidding.require_end_of_mark(number, on=on)
    return _book(DecisionKind.LIFT, customer, on, value_on, by, number=number, reason=reason)


def close_alert(
    *,
    customer: Customer,
    code: str,
    on: datetime.date,
    value_on: datetime.date | None = None,
    by: User | None = None,
    reason: str = "",
) -> Decision:
    """Close an open alert; only points dated after the day count towards a new one."""
    return _book(DecisionKind.CLOSE_ALERT, customer, on, value_on, by, code=code, reason=reason)


@transaction.atomic
def publish_policy(
    *, name: str, document: object, effective_from: datetime.date, by: User | None, preset: str = ""
) -> PolicyVersion:
    """Publish a policy from a day on; from then it is never changed, a new version follows it.

    Refused if the document does not hold (each path and reason is named), or if the day is open
    already: the past keeps the policy it was opened under.
    """
    try:
        policy = load_policy(document)
    except PolicyError as error:
        raise DecisionRefused(str(error)) from error
    last = BusinessDay.objects.order_by("-on").first()
    if last is not None and effective_from <= last.on:
        raise DecisionRefused(
            _("%(day)s is open already: a policy takes effect at an opening to come")
            % {"day": effective_from}
        )
    if PolicyVersion.objects.filter(
        effective_from=effective_from, status=PolicyStatus.PUBLISHED
    ).exists():
        raise DecisionRefused(_("another policy takes effect on %(day)s") % {"day": effective_from})
    return PolicyVersion.objects.create(
        name=name,
        effective_from=effective_from,
        document=policy.document(),
        status=PolicyStatus.PUBLISHED,
        preset=preset,
        published_by=by,
        published_at=timezone.now(),
    )


def _book(
    kind: DecisionKind,
    customer: Customer,
    on: datetime.date,
    value_on: datetime.date | None,
    by: User | None,
    **data: Any,
) -> Decision:
    value_on = value_on or on
    if value_on > on:
        raise DecisionRefused(
            _("value date %(value)s is after the booking date %(on)s")
            % {"value": value_on, "on": on}
        )
    if value_on < customer.opened_on:
        raise DecisionRefused(
            _("value date %(value)s is before the customer's first day %(first)s")
            % {"value": value_on, "first": customer.opened_on}
        )
    with transaction.atomic():
        accounts_operations.lock(customer.pk)
        number = data.get("number")
        if number and Decision.objects.filter(number=number, kind=kind).exists():
            raise DecisionRefused(_("%(number)s is booked already") % {"number": number})
        decision = Decision.objects.create(
            customer=customer, kind=kind, booked_on=on, value_on=value_on, booked_by=by, **data
        )
        assessment.assess_decision(decision)
    return decision
