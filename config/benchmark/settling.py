"""A channel's file of a day against the channel's payments of the book, phase by phase.

The payments are those of the synthetic book's own repayments; the file has a line for each, with a
few of each kind of break. Every line that is booked late is an act of its own, so their number is
kept small: the rest is set-based.
"""

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from django.db import connection
from django.utils import timezone

from billing.channels import files, reconcile
from billing.channels.layout import SAMPLE
from billing.models import Channel, SettlementFile
from config.benchmark.book import DAY, SETTLED

#: Of each kind of break in a file, at most.
BREAKS = 100
PAYMENTS_EACH = 4
"""Repayments that a customer of the synthetic book has made, at least, on average."""
_STATEMENTS = ("match_lines", "missing_at_channel", "clear_breaks", "close_day")


@dataclass(frozen=True)
class Found:
    """Seconds: to keep the file, and of each phase of its reconciliation."""

    lines: int
    payments: int
    receive: float
    phases: dict[str, float]
    reconcile: float
    again: float
    breaks: dict[str, int]


def measure(lines: int) -> Found:
    """Settle a file of about `lines` lines in the current database, whose last open day is DAY."""
    channel = _channel()
    payments = _payments(channel, lines)
    with tempfile.TemporaryFile() as content:
        _write(channel, content, of_each=min(BREAKS, max(1, payments // 1000)))
        _analyze("billing_channelpayment")
        start = time.perf_counter()
        file = files.receive(
            channel=channel, day=SETTLED, name="benchmark.csv", content=content, source="folder",
            at=timezone.now(),
        )  # fmt: skip
        received = time.perf_counter() - start
    with _phases() as phases:
        took = _reconcile(file)
    again = _reconcile(file)
    file.refresh_from_db()
    return Found(
        lines=file.lines,
        payments=payments,
        receive=received,
        phases=phases,
        reconcile=took,
        again=again,
        breaks=file.report["breaks"],
    )


def _reconcile(file: SettlementFile) -> float:
    start = time.perf_counter()
    reconcile.reconcile(file, on=DAY, at=timezone.now())
    return time.perf_counter() - start


def _channel() -> Channel:
    with connection.cursor() as cursor:
        cursor.execute("select min(value_on) from billing_fact where kind = 'repay'")
        (first,) = cursor.fetchone()
    return Channel.objects.create(code="benchmark", name="Benchmark", layout=SAMPLE, since=first)


def _payments(channel: Channel, wanted: int) -> int:
    """The book's repayments as the channel told of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            insert into billing_channelpayment (channel_id, payment_id, account, amount, value_on,
                                                received_at, state, why, customer_id, line_id,
                                                fact_id)
            select %s, 'P' || f.id, l.number, f.amount, f.value_on, f.booked_on, 'booked', '',
                   f.customer_id, f.line_id, f.id
            from billing_fact f join billing_creditline l on l.id = f.line_id
            where f.kind = 'repay'
              and not exists (select from billing_fact r where r.reverses_id = f.id)
            order by hashint8extended(f.id, 5) limit %s
            """,
            [channel.pk, wanted],
        )
        return int(cursor.rowcount)


def _write(channel: Channel, content: IO[bytes], *, of_each: int) -> None:
    """The file. In turn: left out, another amount, another date, twice; then lines that only the
    channel has, for lines of the book and for nobody."""
    with connection.cursor() as cursor, cursor.copy(
        """
        copy (
            with mine as (
                select *, row_number() over (order by id) - 1 as n, count(*) over () as all_
                from billing_channelpayment where channel_id = %(channel)s
            ),
            odd as (
                select *, case when n < all_ / 2 then (n / %(each)s) end as kind from mine
            )
            select payment_id as trade_no, 'PAY' as type,
                   amount + case when kind = 1 then 0.01 else 0 end as amount,
                   value_on + case when kind = 2 then 1 else 0 end as paid_on, account
            from odd where kind is distinct from 0
            union all
            select payment_id, 'PAY', amount, value_on, account from odd where kind = 3
            union all
            select 'LATE' || id, 'PAY', 1.00, %(day)s, account from odd where kind = 4
            union all
            select 'LOST' || id, 'PAY', 1.00, %(day)s, 'NOBODY/pay_later' from odd where kind = 5
        ) to stdout (format csv, header)
        """,
        {"channel": channel.pk, "each": of_each, "day": SETTLED},
    ) as copy:  # fmt: skip
        for block in copy:
            content.write(block)


@contextmanager
def _phases() -> Iterator[dict[str, float]]:
    """Seconds of each statement of the reconciliation by its name; what is left is `else`."""
    names = {reconcile._text(name): name for name in _STATEMENTS}
    spent: dict[str, float] = defaultdict(float)

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent[names.get(sql, "else")] += time.perf_counter() - start

    with connection.execute_wrapper(watch):
        yield spent


def _analyze(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"vacuum (analyze) {table}")
