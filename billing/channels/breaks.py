"""What staff do about a break, one operation a remedy; each leaves a row in its history."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import authority
from accounts.acts import Refused
from accounts.models import User
from billing.channels import intake
from billing.channels.reconcile import settle
from billing.choices import BreakKind, BreakState, NoticeKind, PaymentState, Remedy
from billing.models import Break, BreakEvent, ChannelPayment, CreditLine

PERMISSION = "billing.settle_breaks"
#: The act in the authority limits: how much of a difference a role accepts alone.
ACT = "accept_break"


class BreakRefused(Refused):
    """The remedy does not fit the break as it stands; the message says why. Nothing was done."""


def book(
    row: Break,
    *,
    by: User,
    on: datetime.date,
    at: datetime.datetime,
    words: str,
    line: CreditLine | None = None,
) -> Break:
    """Book what the channel has and we have not: to the line that it names, or to `line`."""
    with _held(row, by, words) as row:
        found = row.line
        if row.kind != BreakKind.MISSING_IN_BOOK or found is None:
            raise BreakRefused(_("only what is missing in the book can be booked"))
        if found.kind == NoticeKind.REVERSAL:
            return _take_back(row, by=by, on=on, at=at, words=words, remedy=Remedy.BOOKED)
        assert found.payment_id is not None
        assert found.amount is not None
        assert found.value_on is not None
        payment = intake.book_from_file(
            row.channel, payment_id=found.payment_id, amount=found.amount,
            value_on=found.value_on, account=found.account or "", on=on, at=at, by=by,
        )  # fmt: skip
        if payment.state == PaymentState.SUSPENSE:
            if line is None:
                text = _("name the line that it is for: %(why)s")
                raise BreakRefused(text % {"why": payment.why})
            payment = intake.assign(payment, line=line, by=by, on=on, reason=words)
        row.payment = payment
        row.save(update_fields=["payment"])
        settle(row, remedy=Remedy.BOOKED, at=at, did="booked", by=by, words=words)
    return row


def reverse_ours(
    row: Break, *, by: User, on: datetime.date, at: datetime.datetime, words: str
) -> Break:
    """Take our repayment back: the channel never had it."""
    with _held(row, by, words) as row:
        if row.kind != BreakKind.MISSING_AT_CHANNEL:
            raise BreakRefused(_("only what is missing at the channel can be reversed"))
        return _take_back(row, by=by, on=on, at=at, words=words, remedy=Remedy.REVERSED)


def correct(row: Break, *, by: User, on: datetime.date, at: datetime.datetime, words: str) -> Break:
    """Take our repayment back and book it as the channel has it: its amount, its value date."""
    with _held(row, by, words) as row:
        line, payment = row.line, row.payment
        if row.kind not in (BreakKind.AMOUNT_DIFFERS, BreakKind.DATE_DIFFERS) or payment is None:
            raise BreakRefused(_("only an amount or a date that differs can be corrected"))
        target, amount = payment.line, line.amount if line else row.at_channel
        if payment.state != PaymentState.BOOKED or target is None or amount is None:
            raise BreakRefused(_("%(payment)s is not booked") % {"payment": payment.payment_id})
        value_on = line.value_on if line and line.value_on else payment.value_on
        intake.reverse(payment, on=on, reason=words, by=by)
        again = ChannelPayment.objects.create(
            channel=row.channel, payment_id=f"{payment.payment_id[:58]}~{row.pk}"[:64],
            account=payment.account, amount=amount, value_on=value_on, received_at=at,
            state=PaymentState.SUSPENSE,
        )  # fmt: skip
        intake.assign(again, line=target, by=by, on=on, reason=words)
        settle(row, remedy=Remedy.CORRECTED, at=at, did="corrected", by=by, words=words)
    return row


def accept(row: Break, *, by: User, on: datetime.date, at: datetime.datetime, words: str) -> Break:
    """Let the difference stand, with a note. Above one's authority it waits for another person,
    and whoever proposed it is never that other."""
    with _held(row, by, words) as row:
        amount = difference(row)
        if row.state == BreakState.PROPOSED:
            if row.proposed_by_id == by.pk:
                raise BreakRefused(_("nobody accepts what they proposed themselves"))
            if not authority.within(by, ACT, amount, "approves"):
                raise BreakRefused(_("above what you may approve"))
            settle(row, remedy=Remedy.ACCEPTED, at=at, did="approved", by=by, words=words)
        elif authority.within(by, ACT, amount, "alone"):
            settle(row, remedy=Remedy.ACCEPTED, at=at, did="accepted", by=by, words=words)
        else:
            row.state, row.proposed_by, row.note = BreakState.PROPOSED, by, words
            row.save(update_fields=["state", "proposed_by", "note"])
            BreakEvent.objects.create(of=row, at=at, by=by, did="proposed", words=words)
    return row


def refuse(row: Break, *, by: User, at: datetime.datetime, words: str) -> Break:
    """Send a proposal back: the break is open again."""
    with _held(row, by, words) as row:
        if row.state != BreakState.PROPOSED:
            raise BreakRefused(_("nobody proposed anything"))
        if row.proposed_by_id == by.pk:
            raise BreakRefused(_("nobody decides what they proposed themselves"))
        row.state, row.proposed_by = BreakState.OPEN, None
        row.save(update_fields=["state", "proposed_by"])
        BreakEvent.objects.create(of=row, at=at, by=by, did="refused", words=words)
    return row


def ask_channel(row: Break, *, by: User, at: datetime.datetime, words: str) -> Break:
    """Write to the channel's contact; the message goes once the record is committed."""
    with _held(row, by, words) as row:
        channel = row.channel
        if not channel.contact:
            raise BreakRefused(_("%(channel)s has no e-mail for questions") % {"channel": channel})
        row.state = BreakState.ASKED
        row.save(update_fields=["state"])
        BreakEvent.objects.create(of=row, at=at, by=by, did="asked", words=words)
        named = row.payment.payment_id if row.payment else (row.line.payment_id if row.line else "")
        message = EmailMessage(
            subject=f"{row.day.isoformat()} {named or ''} #{row.pk}".replace("\n", " "),
            body=words,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[channel.contact],
        )
        transaction.on_commit(lambda: message.send(fail_silently=True))
    return row


def difference(row: Break) -> Decimal:
    """How much is at stake: what differs, or all of it where one side has nothing."""
    if row.in_book is not None and row.at_channel is not None:
        gap: Decimal = abs(row.in_book - row.at_channel)
        return gap or Decimal("0.00")
    return row.in_book or row.at_channel or Decimal("0.00")


def _take_back(
    row: Break, *, by: User, on: datetime.date, at: datetime.datetime, words: str, remedy: str
) -> Break:
    payment = row.payment
    if payment is None or payment.state != PaymentState.BOOKED:
        raise BreakRefused(_("there is no booked payment to take back"))
    intake.reverse(payment, on=on, reason=words, by=by)
    settle(row, remedy=remedy, at=at, did="reversed", by=by, words=words)
    return row


@contextmanager
def _held(row: Break, by: User, words: str) -> Iterator[Break]:
    """The break, locked, not settled yet, for somebody who may; in one transaction."""
    if not by.has_perm(PERMISSION):
        raise BreakRefused(_("you may not settle breaks"))
    if len(words.strip()) < 5:
        raise BreakRefused(_("say in a few words why"))
    with transaction.atomic():
        locked = Break.objects.select_for_update(of=("self",)).select_related(
            "channel", "line", "payment__line", "payment__fact", "payment__channel"
        ).get(pk=row.pk)  # fmt: skip
        if locked.state == BreakState.SETTLED:
            raise BreakRefused(_("it is settled already"))
        if locked.payment is not None:
            ChannelPayment.objects.select_for_update().get(pk=locked.payment.pk)
        yield locked
