"""The book against the channels: set-based, repeatable, one transaction a file.

A line that the book says the same of is matched; everything else is a break. Payments that only
the channel knows of are booked late at once where the customer is known.
"""

import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from billing.channels import intake
from billing.choices import BreakKind, BreakState, FileState, NoticeKind, PaymentState, Remedy
from billing.models import Break, BreakEvent, Channel, ChannelDay, SettlementFile

_SQL = Path(__file__).resolve().parent.parent / "sql" / "channels"


def reconcile(file: SettlementFile, *, on: datetime.date, at: datetime.datetime) -> SettlementFile:
    """Match a file's lines with the book, book what is missing, close its day. Again, it changes
    nothing. `on` is the booking date of what is booked late."""
    with transaction.atomic():
        channel = Channel.objects.select_for_update().get(pk=file.channel_id)
        figures = {"file": file.pk, "channel": channel.pk, "day": file.day}
        _run("match_lines", figures)
        booked = _book_late(file, channel, on=on, at=at)
        _miss(channel, file.day)
        _run("clear_breaks", {"channel": channel.pk, "at": at})
        close_days(channel, since=file.day, through=on)
        file.state, file.report = FileState.RECONCILED, _report(file, booked)
        file.save(update_fields=["state", "report"])
    return file


def reconcile_waiting(*, on: datetime.date, at: datetime.datetime) -> int:
    """The night's step: files not reconciled yet, then each channel's day. How many files."""
    files = list(SettlementFile.objects.filter(state=FileState.RECEIVED).order_by("day", "pk"))
    for file in files:
        reconcile(file, on=on, at=at)
    for channel in Channel.objects.filter(active=True).order_by("pk"):
        with transaction.atomic():
            locked = Channel.objects.select_for_update().get(pk=channel.pk)
            _run("clear_breaks", {"channel": locked.pk, "at": at})
            close_days(locked, since=on, through=on)
    return len(files)


def close_days(channel: Channel, *, since: datetime.date, through: datetime.date) -> None:
    """Write opening, in, out and closing of the days; a late file moves those after its own."""
    last = ChannelDay.objects.filter(channel=channel).order_by("-day").first()
    end = max(through, last.day) if last else through
    first = max(min(since, end), channel.since)
    for n in range((end - first).days + 1):
        day = first + datetime.timedelta(days=n)
        _run("close_day", {"channel": channel.pk, "day": day})


def _book_late(
    file: SettlementFile, channel: Channel, *, on: datetime.date, at: datetime.datetime
) -> int:
    """What the channel has and we have not: booked with its value date where we know the line."""
    waiting = Break.objects.filter(
        file=file, kind=BreakKind.MISSING_IN_BOOK, state=BreakState.OPEN,
        line__kind=NoticeKind.PAYMENT,
    ).select_related("line").order_by("pk")  # fmt: skip
    booked = 0
    for row in waiting:
        line = row.line
        assert line is not None
        assert line.payment_id is not None
        assert line.amount is not None
        assert line.value_on is not None
        payment = intake.book_from_file(
            channel, payment_id=line.payment_id, amount=line.amount, value_on=line.value_on,
            account=line.account or "", on=on, at=at,
        )  # fmt: skip
        row.payment = payment
        row.save(update_fields=["payment"])
        if payment.state == PaymentState.BOOKED and payment.amount == line.amount:
            settle(row, remedy=Remedy.BOOKED, at=at, did="booked_late")
            booked += 1
    return booked


def settle(
    row: Break, *, remedy: str, at: datetime.datetime, did: str, by: Any = None, words: str = ""
) -> None:
    """Close a break, and say so in its history."""
    row.state, row.remedy, row.settled_at, row.settled_by = BreakState.SETTLED, remedy, at, by
    if words:
        row.note = words
    row.save(update_fields=["state", "remedy", "settled_at", "settled_by", "note"])
    BreakEvent.objects.create(of=row, at=at, by=by, did=did, words=words)


def _miss(channel: Channel, day: datetime.date) -> None:
    through = day - datetime.timedelta(days=channel.settles_after)
    _run(
        "missing_at_channel",
        {"channel": channel.pk, "day": day, "since": channel.since, "through": through},
    )


def _report(file: SettlementFile, booked: int) -> dict[str, Any]:
    """Counts and amounts of a file: what matched, what broke by kind."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select count(*), coalesce(sum(amount), 0)::text,
                   count(*) filter (where broken),
                   coalesce(sum(amount) filter (where broken), 0)::text
            from (
                select case l.kind when 'reversal' then -l.amount else l.amount end as amount,
                       exists (select from billing_break b where b.line_id = l.id) as broken
                from billing_settlementline l where l.file_id = %s
            ) x
            """,
            [file.pk],
        )
        lines, amount, broken, broken_amount = cursor.fetchone()
        cursor.execute(
            "select kind, count(*) from billing_break where file_id = %s or (channel_id = %s "
            "and day = %s and line_id is null) group by kind order by kind",
            [file.pk, file.channel_id, file.day],
        )
        kinds = dict(cursor.fetchall())
    return {
        "lines": lines,
        "amount": amount,
        "matched": lines - broken,
        "broken": broken,
        "broken_amount": broken_amount,
        "booked_late": booked,
        "breaks": kinds,
    }


@cache
def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def _run(name: str, params: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_text(name), params)
        return int(cursor.rowcount)
