"""A payment channel for the demo, with a settled day and some breaks to work on."""

import datetime
import io
import secrets

from django.db import transaction
from django.utils import timezone

from billing.channels import files, reconcile, sample
from billing.channels.layout import SAMPLE
from billing.choices import FactKind, PaymentState
from billing.debits.channel import USUAL_TIMES
from billing.models import Channel, ChannelPayment, Fact

CODE = "sandbox"
DAYS = 3
MOST_PAYMENTS = 400


@transaction.atomic
def settle() -> None:
    """Have the channel, the last repayments of the sample as its payments, and its files: two days
    that match and one that does not. Once; a book without repayments gets none."""
    if Channel.objects.filter(code=CODE).exists():
        return
    days = _days()
    if not days:
        return
    channel = Channel.objects.create(
        code=CODE,
        name="Sandbox Pay",
        layout=SAMPLE,
        contact="settlement@sandbox.example",
        since=days[0],
        debit_times=list(USUAL_TIMES),
        secret=secrets.token_urlsafe(32),
    )
    for day in days:
        _take(channel, day)
        text = sample.settlement(channel, day, breaks=day == days[-1])
        file = files.receive(
            channel=channel, day=day, name=f"{CODE}_{day}.csv", content=io.BytesIO(text.encode()),
            source="folder", at=timezone.now(),
        )  # fmt: skip
        reconcile.reconcile(file, on=timezone.localdate(), at=timezone.now())


def _days() -> list[datetime.date]:
    """The last days on which repayments came, oldest first."""
    found = (
        Fact.objects.filter(kind=FactKind.REPAY).order_by("-value_on")
        .values_list("value_on", flat=True).distinct()[:DAYS]
    )  # fmt: skip
    return sorted(found)


def _take(channel: Channel, day: datetime.date) -> None:
    facts = Fact.objects.filter(kind=FactKind.REPAY, value_on=day).select_related("line")
    ChannelPayment.objects.bulk_create(
        ChannelPayment(
            channel=channel,
            payment_id=f"S{fact.pk:010}",
            account=fact.line.number,
            amount=fact.amount,
            value_on=day,
            state=PaymentState.BOOKED,
            customer_id=fact.customer_id,
            line=fact.line,
            fact=fact,
        )
        for fact in facts.order_by("pk")[:MOST_PAYMENTS]
    )
