"""Mandates: one stands on a line at most; a new one takes the place of the one before.

`at` is the instant, `on` the business date; `by` who did it (the customer's user or staff).
"""

import datetime
import re

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import operations as accounts_operations
from accounts.acts import Refused
from accounts.marks import NO_DEBIT, Mark, standing_on
from accounts.models import Customer, User
from billing.debits.channel import NoAnswer, debits_of
from billing.models import Channel, CreditLine, Mandate, MandateEnd

_ACCOUNT = re.compile(r"[0-9]{8,24}")


class MandateRefused(Refused):
    """The mandate cannot be given or revoked; the message says why."""


def channel() -> Channel | None:
    """The channel that debits accounts; None where there is none."""
    for row in Channel.objects.filter(active=True).exclude(debit_times=[]).order_by("pk"):
        if debits_of(row.code) is not None:
            return row
    return None


def standing(customer: Customer) -> list[Mandate]:
    """The mandates of a customer that are in force, by line."""
    return list(
        Mandate.objects.filter(customer=customer, end=None)
        .select_related("line", "channel")
        .order_by("line_id", "pk")
    )


def give(
    *,
    line: CreditLine,
    bank: str,
    account: str,
    on: datetime.date,
    at: datetime.datetime,
    via: str,
    by: User | None = None,
) -> Mandate:
    """Allow debits of what falls due on a line. `account` goes to the channel; its last four
    digits are kept. Refused for a number that is none, without a channel, under a mark."""
    number = re.sub(r"[\s-]", "", account)
    if not _ACCOUNT.fullmatch(number) or not number.isascii():
        raise MandateRefused(_("An account number has 8 to 24 digits."))
    if not bank.strip() or len(bank.strip()) > 60:
        raise MandateRefused(_("Name the bank, in 1 to 60 characters."))
    found = channel()
    debits = debits_of(found.code) if found else None
    if found is None or debits is None:
        raise MandateRefused(_("Auto-debit is not offered here."))
    try:
        token = debits.register(bank=bank.strip(), account=number)
    except NoAnswer as error:
        raise MandateRefused(_("The channel does not answer. Try again later.")) from error
    with transaction.atomic():
        accounts_operations.lock(line.customer_id)
        marked = Mark.objects.filter(standing_on(on), customer=line.customer_id, kind__in=NO_DEBIT)
        if marked.exists():
            raise MandateRefused(_("Nothing may be debited from this customer."))
        for before in Mandate.objects.filter(line=line, end=None):
            MandateEnd.objects.create(mandate=before, on=on, at=at, by=by, via=via)
        return Mandate.objects.create(
            customer_id=line.customer_id, line=line, channel=found, bank=bank.strip(),
            account=f"****{number[-4:]}", token=token, given_on=on, given_at=at, given_by=by,
            via=via,
        )  # fmt: skip


def revoke(
    *,
    mandate: Mandate,
    on: datetime.date,
    at: datetime.datetime,
    via: str,
    by: User | None = None,
    reason: str = "",
) -> MandateEnd:
    """Nothing is debited any more from this moment on; a debit that the channel was asked for
    before may still come. Refused if it has ended."""
    with transaction.atomic():
        accounts_operations.lock(mandate.customer_id)
        if MandateEnd.objects.filter(mandate=mandate).exists():
            raise MandateRefused(_("This mandate has ended already."))
        return MandateEnd.objects.create(
            mandate=mandate, on=on, at=at, by=by, via=via, reason=reason
        )
