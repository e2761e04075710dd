"""The attempts of a due day.

An attempt is written down and committed before the channel hears of it, with the amount that is
owed at that moment, under the customer's lock. Outside any transaction the channel is asked; then
its answer is written, and what came is booked, in one transaction. Who finds an attempt without an
answer asks what became of it by its reference and never debits anew: a worker that is killed at any
point leaves a debit that happens once and is booked once.
"""

import datetime
from collections.abc import Callable
from decimal import Decimal
from functools import partial

from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone
from structlog import get_logger

from accounts import operations as accounts_operations
from accounts.marks import NO_DEBIT, Mark, standing_on
from accounts.notices import queue
from billing.channels import intake
from billing.choices import DebitState
from billing.debits.channel import Answer, Debits, NoAnswer, debits_of
from billing.engine.sql import ROOT
from billing.models import Channel, DebitAttempt, Mandate, MandateEnd, OpenBill

log = get_logger(__name__)
Clock = Callable[[], datetime.datetime]
CHUNK = 200
#: An attempt that was asked for so long ago has lost its worker, or its answer.
LEASE = datetime.timedelta(minutes=5)
_DUE = (ROOT / "billing" / "sql" / "debits" / "due.sql").read_text()


def run(*, clock: Clock, until: Callable[[], bool] = lambda: False) -> dict[str, int]:
    """Ask after what has no answer, then try what is due at this time of the day; how many of each
    outcome. Ends early when `until` says so: the next run goes on."""
    counts: dict[str, int] = {}
    for channel in Channel.objects.filter(active=True).exclude(debit_times=[]).order_by("pk"):
        debits = debits_of(channel.code)
        if debits is not None:
            _ask_after(channel, debits, clock, until, counts)
            _try(channel, debits, clock, until, counts)
    return counts


def owed(line_id: int, day: datetime.date) -> Decimal:
    """What is outstanding of a line's bills that are due by a day and in no kept plan."""
    bills = OpenBill.objects.filter(line_id=line_id, due_on__lte=day, plan_id=None)
    found: Decimal | None = bills.aggregate(sum=Sum(F("principal") + F("interest") + F("fee")))[
        "sum"
    ]
    return found or Decimal(0)


# -- trying ------------------------------------------------------------------------------


def _try(
    channel: Channel,
    debits: Debits,
    clock: Clock,
    until: Callable[[], bool],
    counts: dict[str, int],
) -> None:
    now = timezone.localtime(clock())
    times = sorted(channel.debit_times)
    n = sum(time <= now.time() for time in times)
    after = 0
    while n and not until():
        found = _due(channel, now.date(), n, after)
        for mandate_id, line_id in found:
            if until():
                return
            after = line_id
            begun = begin(mandate_id, day=now.date(), n=n, last=n == len(times), at=clock())
            if begun is not None:
                _answered(begun, partial(_debit, debits, begun), clock(), counts)
        if len(found) < CHUNK:
            return


def _due(channel: Channel, day: datetime.date, n: int, after: int) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _DUE,
            {"channel": channel.pk, "day": day, "n": n, "after": after, "most": CHUNK,
             "kinds": [str(kind) for kind in NO_DEBIT]},
        )  # fmt: skip
        found: list[tuple[int, int]] = cursor.fetchall()
    return found


def begin(
    mandate_id: int, *, day: datetime.date, n: int, last: bool, at: datetime.datetime
) -> DebitAttempt | None:
    """Write an attempt down, as things stand under the customer's lock; None if there is nothing
    to debit any more, the mandate has ended, a mark forbids it, or another worker was first."""
    mandate = Mandate.objects.get(pk=mandate_id)
    with transaction.atomic():
        accounts_operations.lock(mandate.customer_id)
        amount = owed(mandate.line_id, day)
        marks = Mark.objects.filter(
            standing_on(day), customer=mandate.customer_id, kind__in=NO_DEBIT
        )
        tried = DebitAttempt.objects.filter(line=mandate.line_id)
        if (
            amount <= 0
            or MandateEnd.objects.filter(mandate=mandate).exists()
            or marks.exists()
            or tried.filter(state=DebitState.ASKED).exists()
            or tried.filter(day=day, n__gte=n).exists()
        ):
            return None
        return DebitAttempt.objects.create(
            customer_id=mandate.customer_id, line_id=mandate.line_id, mandate=mandate,
            reference=f"AD-{mandate.line_id}-{day:%Y%m%d}-{n}", day=day, n=n, last=last,
            amount=amount, begun_at=at, claimed_at=at,
        )  # fmt: skip


def _debit(debits: Debits, attempt: DebitAttempt) -> Answer:
    return debits.debit(
        reference=attempt.reference, token=attempt.mandate.token, amount=attempt.amount,
        on=attempt.day,
    )  # fmt: skip


# -- asking after ------------------------------------------------------------------------


def _ask_after(
    channel: Channel,
    debits: Debits,
    clock: Clock,
    until: Callable[[], bool],
    counts: dict[str, int],
) -> None:
    waiting = DebitAttempt.objects.filter(
        state=DebitState.ASKED, mandate__channel=channel, claimed_at__lte=clock() - LEASE
    ).order_by("claimed_at", "pk")
    for attempt in waiting.select_related("mandate")[:CHUNK]:
        if until():
            return
        mine = DebitAttempt.objects.filter(
            pk=attempt.pk, state=DebitState.ASKED, claimed_at=attempt.claimed_at
        ).update(claimed_at=clock())
        if mine:
            on = timezone.localdate(clock())
            ask = partial(debits.ask, reference=attempt.reference, on=on)
            _answered(attempt, ask, clock(), counts)


# -- answers -----------------------------------------------------------------------------


def _answered(
    attempt: DebitAttempt,
    call: Callable[[], Answer],
    at: datetime.datetime,
    counts: dict[str, int],
) -> None:
    try:
        answer = call()
        settle(attempt, answer, on=timezone.localdate(at), at=at)
        outcome: str = answer.state
    except NoAnswer:
        outcome = "no_answer"
    except Exception:
        # Whatever a provider's client raises, it may have debited: asked after like the others.
        # Nor does an answer that cannot be booked keep the lines behind it waiting.
        log.exception("debit_failed", reference=attempt.reference)
        outcome = "no_answer"
    counts[outcome] = counts.get(outcome, 0) + 1


@transaction.atomic
def settle(
    attempt: DebitAttempt, answer: Answer, *, on: datetime.date, at: datetime.datetime
) -> None:
    """Write the answer down, and book what came through the channel's payments: by its payment id,
    which is how its file and its notices name it. A second answer changes nothing."""
    row = DebitAttempt.objects.select_for_update(of=("self",)).select_related(
        "line", "mandate__channel", "customer"
    ).get(pk=attempt.pk)  # fmt: skip
    if row.state != DebitState.ASKED:
        return
    row.state, row.why, row.ended_at = answer.state, answer.why[:200], at
    if answer.state == DebitState.OK:
        row.payment = intake.book_from_file(
            row.mandate.channel, payment_id=answer.payment_id, amount=row.amount,
            value_on=answer.on or row.day, account=row.line.number, on=on, at=at,
        )  # fmt: skip
    row.save(update_fields=["state", "why", "ended_at", "payment"])
    if row.last and answer.state != DebitState.OK and owed(row.line_id, row.day) > 0:
        queue(
            customer=row.customer, kind="debit_failed", key=f"{row.line_id}/{row.day}",
            context={"line": row.line_id, "day": row.day.isoformat(), "product": row.line.product,
                     "account": str(row.mandate)},
            on=row.day, at=at,
        )  # fmt: skip
