"""Mandates: one stands on a line at most; a new one takes the place of the one before.

An account's number is seen once: `register` names it to the channel, and what goes on from there
is the channel's name for it and the last four digits.

`at` is the instant, `on` the business date; `by` who did it (the customer's user or staff).
"""

import datetime
import json
import re
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import crypto
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


@dataclass(frozen=True)
class Account:
    """An account that a channel knows: `token` is what the channel calls it, `ending` what people
    are shown of its number."""

    channel_id: int
    bank: str
    ending: str
    token: str

    def sealed(self, customer: Customer) -> str:
        """To go through a browser, or to wait for an approval; good for this customer alone."""
        return crypto.encrypt(json.dumps({**asdict(self), "of": customer.pk})).decode()


def unsealed(text: str, customer: Customer) -> Account | None:
    """The account that was sealed for this customer; None if it is anything else."""
    try:
        kept = json.loads(crypto.decrypt(text.encode()))
    except (crypto.UnreadableSecret, ValueError):
        return None
    if not isinstance(kept, dict) or kept.pop("of", None) != customer.pk:
        return None
    return Account(**kept)


def register(*, bank: str, account: str) -> Account:
    """Name an account to the channel that debits. Refused for a number that is none, without such
    a channel, and while it does not answer."""
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
    return Account(found.pk, bank.strip(), f"****{number[-4:]}", token)


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
    digits are kept. Refused as by `register`, and under a mark."""
    known = register(bank=bank, account=account)
    return give_known(line=line, account=known, on=on, at=at, via=via, by=by)


def give_known(
    *,
    line: CreditLine,
    account: Account,
    on: datetime.date,
    at: datetime.datetime,
    via: str,
    by: User | None = None,
) -> Mandate:
    """As `give`, of an account that was registered before. Refused under a mark."""
    with transaction.atomic():
        accounts_operations.lock(line.customer_id)
        marked = Mark.objects.filter(standing_on(on), customer=line.customer_id, kind__in=NO_DEBIT)
        if marked.exists():
            raise MandateRefused(_("Nothing may be debited from this customer."))
        for before in Mandate.objects.filter(line=line, end=None):
            MandateEnd.objects.create(mandate=before, on=on, at=at, by=by, via=via)
        return Mandate.objects.create(
            customer_id=line.customer_id, line=line, channel_id=account.channel_id,
            bank=account.bank, account=account.ending, token=account.token, given_on=on,
            given_at=at, given_by=by, via=via,
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
