"""A channel tells of a payment or a reversal: kept once, and booked in the same transaction.

Channels repeat themselves, come late and out of order. An event is taken once by its own id, a
payment once by the channel's id for it; a reversal that comes before its payment waits for it;
money for nobody we know waits in suspense. Nothing is dropped.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.acts import Refused
from accounts.models import User
from billing import operations as money
from billing.choices import BreakKind, BreakState, NoticeKind, PaymentState
from billing.models import Break, Channel, ChannelNotice, ChannelPayment, CreditLine
from billing.operations import FactRefused
from billing.terms import amount as exact_amount


class NoticeRefused(Refused):
    """The notice makes no sense; the message says which value and why. Nothing is kept."""


class OtherNotice(NoticeRefused):
    """The event's id was taken before, with other content."""


@dataclass(frozen=True)
class Notice:
    """What a channel says. `account`: how it names the line; `value_on`: the day the money came.

    Amounts in the major unit. `body_hash` tells a repeated event from another under its id.
    """

    event_id: str
    kind: str
    payment_id: str
    body_hash: str
    amount: Decimal | None = None
    value_on: datetime.date | None = None
    account: str = ""


@transaction.atomic
def take(
    channel: Channel, notice: Notice, *, on: datetime.date, at: datetime.datetime
) -> ChannelNotice:
    """Keep the notice and book its effect, on the booking date `on`; the same event again gives
    what was kept first. Raises OtherNotice or NoticeRefused."""
    known = ChannelNotice.objects.filter(channel=channel, event_id=notice.event_id).first()
    if known is not None:
        return _same(known, notice)
    payment = _held(channel, notice, at)
    known = ChannelNotice.objects.filter(channel=channel, event_id=notice.event_id).first()
    if known is not None:  # another process was first, and has let the payment go
        return _same(known, notice)
    if notice.kind == NoticeKind.PAYMENT:
        outcome = _payment(payment, notice, on)
    else:
        outcome = _reversal(payment, on)
    return ChannelNotice.objects.create(
        channel=channel,
        event_id=notice.event_id,
        kind=notice.kind,
        payment=payment,
        body_hash=notice.body_hash,
        outcome=outcome,
        received_at=at,
    )


def assign(
    payment: ChannelPayment, *, line: CreditLine, by: User, on: datetime.date, reason: str
) -> ChannelPayment:
    """Book a payment that waits in suspense to a line. Raises NoticeRefused or FactRefused."""
    with transaction.atomic():
        payment = ChannelPayment.objects.select_for_update().get(pk=payment.pk)
        if payment.state != PaymentState.SUSPENSE:
            raise NoticeRefused(
                _("%(payment)s is not in suspense") % {"payment": payment.payment_id}
            )
        _book(payment, line, on, by=by, reason=reason)
    return payment


def line_named(account: str) -> CreditLine | None:
    """The line that a channel names: by the line's number, whatever the case."""
    text = account.strip()
    if not text or "\x00" in text:
        return None
    exact = CreditLine.objects.filter(number=text).select_related("customer").first()
    if exact is not None:
        return exact
    number, _slash, product = text.partition("/")
    return (
        CreditLine.objects.filter(number=f"{number.upper()}/{product.lower()}")
        .select_related("customer")
        .first()
    )


def book_from_file(
    channel: Channel,
    *,
    payment_id: str,
    amount: Decimal,
    value_on: datetime.date,
    account: str,
    on: datetime.date,
    at: datetime.datetime,
    by: User | None = None,
) -> ChannelPayment:
    """A payment that only the channel's file tells of: booked late with its value date, or put in
    suspense where nobody we know is named."""
    with transaction.atomic():
        notice = Notice("", NoticeKind.PAYMENT, payment_id, "", amount, value_on, account)
        payment = _held(channel, notice, at)
        if payment.state == PaymentState.AWAITING:
            _payment(payment, notice, on, by=by)
    return payment


def _held(channel: Channel, notice: Notice, at: datetime.datetime) -> ChannelPayment:
    """The payment's row, locked; made where there is none, as one that nothing is known of."""
    if not notice.payment_id or len(notice.payment_id) > 64:
        raise NoticeRefused(_("a payment id has 1 to 64 characters"))
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into billing_channelpayment "
            "(channel_id, payment_id, account, received_at, state, why) "
            "values (%s, %s, '', %s, 'awaiting', '') on conflict (channel_id, payment_id) "
            "do nothing",
            [channel.pk, notice.payment_id, at],
        )
    return ChannelPayment.objects.select_for_update().get(
        channel=channel, payment_id=notice.payment_id
    )


def _payment(
    payment: ChannelPayment, notice: Notice, on: datetime.date, by: User | None = None
) -> str:
    amount = _amount(notice.amount)
    if notice.value_on is None:
        raise NoticeRefused(_("a payment has a value date"))
    if payment.state != PaymentState.AWAITING:
        if (payment.amount, payment.value_on) != (amount, notice.value_on):
            _contradiction(payment, amount, on)
            return "contradicts"
        return "known"
    reversed_first = payment.notices.filter(kind=NoticeKind.REVERSAL).exists()
    payment.amount, payment.value_on = amount, min(notice.value_on, on)
    payment.account = notice.account[:80]
    payment.state = PaymentState.SUSPENSE
    line = line_named(notice.account)
    if line is None:
        payment.why = _("nobody we know: “%(account)s”") % {"account": notice.account[:80]}
        payment.save()
    else:
        _book(payment, line, on, by=by, reason="")
    if reversed_first:
        _reversal(payment, on)
        return "reversed"
    return payment.state


def _book(
    payment: ChannelPayment, line: CreditLine, on: datetime.date, *, by: User | None, reason: str
) -> None:
    """Book it, or leave it in suspense with the reason why it cannot be."""
    assert payment.amount is not None
    try:
        with transaction.atomic():
            fact = money.book_repayment(
                line=line,
                amount=payment.amount,
                on=on,
                value_on=payment.value_on,
                number=f"{payment.channel.code}:{payment.payment_id}",
                by=by,
                reason=reason,
            )
    except FactRefused as error:
        if by is not None and reason:
            raise
        payment.why = str(error)[:200]
        payment.save()
        return
    payment.state, payment.why = PaymentState.BOOKED, ""
    payment.line, payment.customer, payment.fact = line, line.customer, fact
    payment.save()


def _reversal(payment: ChannelPayment, on: datetime.date) -> str:
    if payment.state == PaymentState.AWAITING:
        return "waits"
    if payment.state == PaymentState.REVERSED:
        return "known"
    reverse(payment, on=on, reason="")
    return "reversed"


def reverse(
    payment: ChannelPayment, *, on: datetime.date, reason: str, by: User | None = None
) -> None:
    """Take a payment back: it counts as never made, back to its value date. Row held by caller."""
    if payment.fact is not None:
        payment.reversal = money.reverse_repayment(
            repayment=payment.fact, on=max(on, payment.fact.booked_on), by=by, reason=reason
        )
    payment.state = PaymentState.REVERSED
    payment.save()


def _contradiction(payment: ChannelPayment, amount: Decimal, on: datetime.date) -> None:
    """The channel says something else of a payment than before: a break for somebody to settle."""
    Break.objects.get_or_create(
        payment=payment,
        line=None,
        kind=BreakKind.AMOUNT_DIFFERS if payment.amount != amount else BreakKind.DATE_DIFFERS,
        defaults={
            "channel": payment.channel,
            "day": on,
            "in_book": payment.amount,
            "at_channel": amount,
            "state": BreakState.OPEN,
        },
    )


def _same(known: ChannelNotice, notice: Notice) -> ChannelNotice:
    if known.body_hash != notice.body_hash:
        raise OtherNotice(
            _("event %(event)s was taken before, with other content") % {"event": notice.event_id}
        )
    return known


def _amount(value: Decimal | None) -> Decimal:
    try:
        amount = exact_amount(value)
    except ValueError as error:
        raise NoticeRefused(f"{value}: {error}") from error
    if amount <= 0:
        raise NoticeRefused(_("%(amount)s is no amount of a payment") % {"amount": value})
    return amount
