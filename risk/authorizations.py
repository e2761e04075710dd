"""Authorisations: a purchase or draw approved or declined at once, then captured or let go.

Two at once never exceed the limit: each takes the customer's row first. The night is not waited
for: it holds no customer rows, so that an answer takes milliseconds at any hour; until it commits
a slice, what was true before it counts.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import operations as accounts_operations
from accounts.acts import Refused
from accounts.marks import CLOSES_CREDIT
from billing import operations as money
from billing.choices import Product
from billing.engine import sql
from billing.engine.scope import Few
from billing.models import CreditLine, Fact
from billing.terms import amount as exact_amount
from risk import limits
from risk.choices import AuthorizationStatus, Spend, Status
from risk.models import Authorization

#: How long an approval holds its amount, unless the caller says otherwise.
HOURS = 24 * 7
MOST_HOURS = 24 * 30
OVER_LIMIT, SUSPENDED, RESTRICTED = "over_limit", "line_suspended", "restricted:"
MARKED = "marked:"
_PRODUCT = {Spend.PURCHASE: Product.PAY_LATER, Spend.DRAW: Product.CASH_LOAN}


class AuthorizationRefused(Refused):
    """The request makes no sense; the message says which value and why. Nothing is kept."""


class NotOpen(AuthorizationRefused):
    """The authorisation was captured, released, declined, or has expired."""


class OtherRequest(AuthorizationRefused):
    """The reference is taken by a request with other content."""


@dataclass(frozen=True)
class Room:
    """What may be used of a line at one moment; `triggers` of the restrictions in force, `marks`
    of the customer that close every line."""

    status: str
    available: Decimal
    held: Decimal
    triggers: tuple[str, ...]
    marks: tuple[str, ...]


def room(line: CreditLine, *, at: datetime.datetime) -> Room:
    """Amounts in the major unit; open authorisations are held from `available`."""
    row: dict[str, Any] = sql.run(
        "risk",
        "authorize",
        Few((line.customer_id,)),
        {
            "at": at, "line": line.pk, "on": timezone.localdate(at),
            "closing": [str(kind) for kind in CLOSES_CREDIT],
        },
    )  # fmt: skip
    status = row["status"] or Status.ACTIVE
    effective = limits.effective(row["assigned_limit"], row["factor"], status)
    return Room(
        status=status,
        available=limits.available(effective, row["used"] + row["held"]),
        held=row["held"],
        triggers=tuple(row["triggers"]),
        marks=tuple(row["marks"]),
    )


def authorize(
    *,
    line: CreditLine,
    kind: str,
    amount: Decimal,
    reference: str,
    at: datetime.datetime,
    instalments: int | None = None,
    hours: int = HOURS,
) -> Authorization:
    """Approve or decline a purchase (pay-later line) or a draw (cash loan) of `amount`.

    The same reference with the same content answers what was answered first. Raises
    AuthorizationRefused for what cannot be asked, OtherRequest if the reference is taken.
    """
    amount = _checked(line, kind, amount, instalments, hours, reference)
    try:
        with transaction.atomic():
            accounts_operations.lock(line.customer_id)
            known = Authorization.objects.filter(reference=reference).first()
            if known is None:
                return _answer(line, kind, amount, reference, at, instalments, hours)
    except IntegrityError:
        # the same reference for another customer, at the same moment
        known = Authorization.objects.get(reference=reference)
    return _same(known, line, kind, amount, instalments)


def capture(
    authorization: Authorization,
    *,
    on: datetime.date,
    at: datetime.datetime,
    amount: Decimal | None = None,
) -> Fact:
    """Book the purchase or draw that was authorised, all of it unless `amount` is less.

    The booking date is `on`. Again, it gives the fact that was booked. Raises NotOpen, or
    AuthorizationRefused for an amount above what was authorised.
    """
    with transaction.atomic():
        accounts_operations.lock(authorization.customer_id)
        row = Authorization.objects.select_related("line", "fact").get(pk=authorization.pk)
        taken = row.amount if amount is None else _amount(amount)
        if row.status == AuthorizationStatus.CAPTURED and taken == row.captured:
            assert row.fact is not None
            return row.fact
        _require_open(row, at)
        if not 0 < taken <= row.amount:
            raise AuthorizationRefused(
                _("%(amount)s: between 0.01 and the %(most)s that were authorised")
                % {"amount": taken, "most": row.amount}
            )
        # Released first: what is booked now counts as used, and must not be held as well.
        row.status, row.captured, row.ended_at = AuthorizationStatus.CAPTURED, taken, at
        row.fact = _book(row, taken, on)
        row.save(update_fields=["status", "captured", "ended_at", "fact"])
        return row.fact


def release(authorization: Authorization, *, at: datetime.datetime) -> Authorization:
    """Let the amount go; again, it changes nothing. Raises NotOpen once it was captured."""
    with transaction.atomic():
        accounts_operations.lock(authorization.customer_id)
        row = Authorization.objects.get(pk=authorization.pk)
        if row.status in (AuthorizationStatus.RELEASED, AuthorizationStatus.EXPIRED):
            return row
        _require_open(row, at)
        row.status, row.ended_at = AuthorizationStatus.RELEASED, at
        row.save(update_fields=["status", "ended_at"])
        return row


def expire(*, at: datetime.datetime) -> int:
    """Close the approvals whose time is over; how many. They hold nothing since it was."""
    return Authorization.objects.filter(
        status=AuthorizationStatus.APPROVED, expires_at__lte=at
    ).update(status=AuthorizationStatus.EXPIRED, ended_at=at)


def _answer(
    line: CreditLine,
    kind: str,
    amount: Decimal,
    reference: str,
    at: datetime.datetime,
    instalments: int | None,
    hours: int,
) -> Authorization:
    found = room(line, at=at)
    reasons = _reasons(found, amount)
    return Authorization.objects.create(
        customer_id=line.customer_id,
        line=line,
        kind=kind,
        reference=reference,
        amount=amount,
        instalments=instalments,
        status=AuthorizationStatus.DECLINED if reasons else AuthorizationStatus.APPROVED,
        reasons=reasons,
        available=found.available,
        decided_at=at,
        expires_at=None if reasons else at + datetime.timedelta(hours=hours),
        ended_at=at if reasons else None,
    )


def _reasons(found: Room, amount: Decimal) -> list[str]:
    """Why not; empty is a yes. What restricts the line is named also where it leaves a part. A mark
    that closes credit declines whatever is available: an exemption does not open what it closed."""
    if amount <= found.available and not found.marks:
        return []
    named = [f"{MARKED}{mark}" for mark in found.marks]
    named += [f"{RESTRICTED}{trigger}" for trigger in found.triggers]
    if found.marks:
        return [SUSPENDED, *named]
    if found.status == Status.SUSPENDED:
        return [SUSPENDED, *named]
    return [OVER_LIMIT, *named]


def _same(
    known: Authorization, line: CreditLine, kind: str, amount: Decimal, instalments: int | None
) -> Authorization:
    asked = (line.pk, kind, amount, instalments)
    if (known.line_id, known.kind, known.amount, known.instalments) != asked:
        raise OtherRequest(
            _("%(reference)s was asked already, with other content")
            % {"reference": known.reference}
        )
    return known


def _checked(
    line: CreditLine,
    kind: str,
    amount: Decimal,
    instalments: int | None,
    hours: int,
    reference: str,
) -> Decimal:
    exact = _amount(amount)
    if kind not in Spend.values or line.product != _PRODUCT[Spend(kind)]:
        raise AuthorizationRefused(
            _("no %(kind)s on %(line)s") % {"kind": kind, "line": line.number}
        )
    if exact <= 0:
        raise AuthorizationRefused(_("%(amount)s is no amount to authorise") % {"amount": amount})
    if not 1 <= len(reference) <= 80:
        raise AuthorizationRefused(_("a reference has 1 to 80 characters"))
    if kind == Spend.DRAW and not (instalments and 1 <= instalments <= 360):
        raise AuthorizationRefused(
            _("%(n)s instalments: 1 to 360 are possible") % {"n": instalments}
        )
    if kind == Spend.PURCHASE and instalments is not None:
        raise AuthorizationRefused(_("a purchase has no instalments"))
    if not 1 <= hours <= MOST_HOURS:
        raise AuthorizationRefused(
            _("%(n)s hours: 1 to %(most)s are possible") % {"n": hours, "most": MOST_HOURS}
        )
    return exact


def _amount(value: Decimal) -> Decimal:
    try:
        return exact_amount(value)
    except ValueError as error:
        raise AuthorizationRefused(f"{value}: {error}") from error


def _require_open(row: Authorization, at: datetime.datetime) -> None:
    over = row.expires_at is not None and row.expires_at <= at
    if row.status != AuthorizationStatus.APPROVED or over:
        status = AuthorizationStatus.EXPIRED if over else AuthorizationStatus(row.status)
        raise NotOpen(
            _("%(reference)s is not open: %(status)s")
            % {"reference": row.reference, "status": status.label}
        )


def _book(row: Authorization, amount: Decimal, on: datetime.date) -> Fact:
    number = f"A-{row.public_id}"
    if row.kind == Spend.PURCHASE:
        return money.book_purchase(line=row.line, amount=amount, on=on, number=number)
    assert row.instalments is not None
    return money.book_draw(
        line=row.line, amount=amount, instalments=row.instalments, on=on, number=number
    )
