"""How a customer pays: a channel that PAYMENT_CHANNEL names, and the one act that books it.

A payment is prepared as a signed slip: customer, line, amount and a number of its own. The slip
travels with the customer to the provider and back; booking it a second time finds the first. In
production there is no channel until one is named, and the pages say how to pay otherwise.
"""

import datetime
import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, cast

from django.conf import settings
from django.core import signing
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from billing import operations, settlement
from billing.choices import FactKind
from billing.models import CreditLine, Fact

SLIP_LASTS = datetime.timedelta(minutes=30)
MOST = Decimal("9999999.99")
_SALT = "billing.payments.slip"


class PaymentRefused(Exception):
    """The payment cannot be prepared or booked; the message says why."""


@dataclass(frozen=True)
class Slip:
    """One payment that is on its way."""

    customer_id: int
    line_id: int
    amount: Decimal
    number: str
    #: The draw that it settles early, if it does, and the principal; empty for all of it.
    draw: str = ""
    principal: str = ""

    def sign(self) -> str:
        told = [self.customer_id, self.line_id, str(self.amount), self.number]
        return signing.dumps([*told, self.draw, self.principal], salt=_SALT)


class Channel(Protocol):
    """A provider: `path` is where it takes the customer with a slip."""

    def path(self, slip: str) -> str: ...


class Sandbox:
    """A provider that asks "pay or decline?" on a page of ours and moves no money."""

    def path(self, slip: str) -> str:
        from django.urls import reverse

        return reverse("my:sandbox", args=[slip])


def channel() -> Channel | None:
    if not settings.PAYMENT_CHANNEL:
        return None
    return cast(Channel, import_string(settings.PAYMENT_CHANNEL)())


def sandboxed() -> bool:
    return not settings.PRODUCTION and isinstance(channel(), Sandbox)


def prepare(
    *,
    line: CreditLine,
    amount: Decimal,
    number: str = "",
    draw: str = "",
    principal: Decimal | None = None,
) -> Slip:
    """A slip for a payment of `amount` to a line, which settles `principal` of a draw early if
    one is named, None meaning all of it; raises PaymentRefused."""
    if amount <= 0:
        raise PaymentRefused(_("Enter an amount above 0."))
    if amount > MOST:
        raise PaymentRefused(_("Enter an amount below 10 million."))
    number = number or f"PAY-{secrets.token_hex(8).upper()}"
    return Slip(
        line.customer_id,
        line.pk,
        amount,
        number,
        draw,
        "" if principal is None else str(principal),
    )


def read(signed: str, customer_id: int) -> Slip | None:
    """The slip of this customer; None for one that is another's, forged or too old."""
    try:
        owner, line_id, amount, number, *loan = signing.loads(
            signed, salt=_SALT, max_age=SLIP_LASTS
        )
    except (signing.BadSignature, ValueError):
        return None
    slip = Slip(owner, line_id, Decimal(amount), number, *loan)
    return slip if slip.customer_id == customer_id else None


def book(*, slip: Slip, on: datetime.date) -> Fact:
    """Book the repayment of a slip, once: a second call returns what the first one booked."""
    if known := booked(slip):
        return known
    line = CreditLine.objects.get(pk=slip.line_id, customer_id=slip.customer_id)
    try:
        if slip.draw:
            return _settle(slip, line, on)
        return operations.book_repayment(
            line=line, amount=slip.amount, number=slip.number, on=on, reason=_("Paid online")
        )
    except operations.FactRefused as error:
        if known := booked(slip):
            return known
        raise PaymentRefused(str(error)) from error


def _settle(slip: Slip, line: CreditLine, on: datetime.date) -> Fact:
    """The loan is settled for what was quoted, and paid, or nothing is booked."""
    done = settlement.settle_early(
        line=line,
        draw_number=slip.draw,
        amount=Decimal(slip.principal) if slip.principal else None,
        on=on,
        pay=True,
        total=slip.amount,
        payment_number=slip.number,
        reason=_("Paid online"),
    )
    assert done.repayment is not None  # a slip is of more than nothing
    return done.repayment


def booked(slip: Slip) -> Fact | None:
    """What was booked for a slip; raises PaymentRefused where its number names another payment."""
    fact = Fact.objects.filter(number=slip.number, kind=FactKind.REPAY).first()
    if fact is None:
        return None
    same = (fact.customer_id, fact.line_id, fact.amount)
    if same != (slip.customer_id, slip.line_id, slip.amount):
        raise PaymentRefused(_("This number belongs to another payment."))
    return fact
