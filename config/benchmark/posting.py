"""A repayment posted with all its consequences: one client's waits, and what eight clients do."""

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from multiprocessing.synchronize import Barrier
from time import perf_counter

from django.db import connection, connections

from billing import operations
from billing.models import CreditLine
from config.benchmark.book import DAY

CLIENTS = 8
_WARM_UP = 20
_READY = 2

Task = tuple[int, Decimal]
"""A line, and the amount that is repaid to it."""


@dataclass(frozen=True)
class Posting:
    """Milliseconds of one client, repayments a second of all clients together."""

    repayments: int
    delinquent: int
    median_ms: float
    p95_ms: float
    clients: int
    clients_repayments: int
    per_second: float


def measure(alone: int = 600, each: int = 400) -> Posting:
    """Post in the current database, whose last open day is DAY; each customer pays once."""
    tasks = _tasks(_WARM_UP + alone + CLIENTS * each)
    warm, tasks = tasks[:_WARM_UP], tasks[_WARM_UP:]
    _post(warm)
    share = len(tasks) * alone // (alone + CLIENTS * each)
    waits = sorted(1000 * seconds for seconds in _post(tasks[:share]))
    rest = tasks[share:]
    per_second = _together([rest[n::CLIENTS] for n in range(CLIENTS)])
    return Posting(
        repayments=len(waits),
        delinquent=_delinquent([line for line, _ in tasks[:share]]),
        median_ms=waits[len(waits) // 2],
        p95_ms=waits[len(waits) * 95 // 100],
        clients=CLIENTS,
        clients_repayments=len(rest),
        per_second=per_second,
    )


def _tasks(wanted: int) -> list[Task]:
    """Lines that owe something, three of ten past due, in no order; half of them pay it all."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with owing as (
                select line_id, bool_or(overdue_on is not null) as late,
                       sum(principal + interest + fee) as owed
                from billing_openbill group by line_id
            ),
            ranked as (
                select *, row_number() over (partition by late order by hashint8(line_id)) as rank,
                       count(*) filter (where late) over () as all_late
                from owing
            )
            select line_id, case when hashint8(line_id) %% 2 = 0 then owed
                                 else greatest(round(owed / 3, 2), 0.01) end
            from ranked
            where rank <= case when late then least(all_late, %(wanted)s * 3 / 10)
                               else least(all_late, %(wanted)s * 3 / 10) * 7 / 3 end
            order by hashint8extended(line_id, 7)
            """,
            {"wanted": wanted},
        )
        return [(line_id, amount) for line_id, amount in cursor.fetchall()]


def _post(tasks: Sequence[Task]) -> list[float]:
    lines = CreditLine.objects.in_bulk([line_id for line_id, _ in tasks])
    waits = []
    for line_id, amount in tasks:
        start = perf_counter()
        operations.book_repayment(line=lines[line_id], amount=amount, on=DAY)
        waits.append(perf_counter() - start)
    return waits


def _together(shares: Sequence[Sequence[Task]]) -> float:
    """Repayments a second of a process a share, from the moment all of them are ready."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(len(shares) + 1)
    database = str(connection.settings_dict["NAME"])
    connections.close_all()
    clients = [
        context.Process(target=_client, args=(share, barrier, database), daemon=True)
        for share in shares
    ]
    for client in clients:
        client.start()
    barrier.wait(timeout=60)
    start = perf_counter()
    for client in clients:
        client.join()
    seconds = perf_counter() - start
    if any(client.exitcode for client in clients):
        raise RuntimeError("a client failed")
    return sum(max(0, len(share) - _READY) for share in shares) / seconds


def _client(tasks: Sequence[Task], barrier: Barrier, database: str) -> None:
    """A client has a connection and its statements ready, as a web worker has.

    It is told its database: where an event loop runs in the parent, the child finds a connection
    of its own that knows the book's database only.
    """
    connection.close()
    connection.settings_dict["NAME"] = database
    _post(tasks[:_READY])
    barrier.wait(timeout=60)
    _post(tasks[_READY:])


def _delinquent(lines: Sequence[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from risk_episode where line_id = any(%s) and opened_on <= %s "
            "and (cured_on is null or cured_on = %s)",
            [list(lines), DAY, DAY],
        )
        return int(cursor.fetchone()[0])
