"""Items of a whole night in one statement a queue, and those whose cause is gone closed in one.

Each queue knows through which day its causes were looked at, so that the step can be repeated, and
a day that a dead worker left out is caught up with the next.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import QueueSync
from accounts.work import hardship
from accounts.work.choices import MoveKind, Outcome
from accounts.work.queues import Queue, all_queues

#: What is known is looked up before the first item is written: asked for cause by cause, it is
#: looked for among the items that this very statement has just written, which takes 90 s for the
#: first night of a million customers.
_OPEN = """
with cause as materialized ({causes}),
known as materialized (
    select c.key, c.cause_on
    from cause c
    join accounts_workitem w
        on w.queue = %(queue)s and w.key = c.key and w.cause_on >= c.cause_on
)
insert into accounts_workitem
    (queue, key, subject_id, customer_id, cause_on, priority, context, opened_at, due_at)
select %(queue)s, c.key, c.subject_id, c.customer_id, c.cause_on, c.priority, c.context, %(at)s,
       %(due)s
from cause c
where not exists (select from known k where k.key = c.key and k.cause_on = c.cause_on)
on conflict (queue, key) where done_at is null do nothing
"""

_CLOSE = """
with gone as (
    update accounts_workitem i
    set done_at = %(at)s, outcome = %(outcome)s, version = i.version + 1, snoozed_until = null,
        snoozed_why = ''
    where i.queue = %(queue)s and i.done_at is null and {only} and not ({stands})
    returning i.id, i.version
)
insert into accounts_workmove (item_id, kind, version, at)
select id, %(kind)s, version, %(at)s from gone
"""

#: A queue that is looked at for the first time begins with the causes of so many days.
FIRST_DAYS = 30


@dataclass(frozen=True)
class Counts:
    """How many items of a queue were opened and closed."""

    queue: str
    opened: int
    closed: int


def sync(on: datetime.date, *, at: datetime.datetime) -> list[Counts]:
    """Bring every queue in line with the book as it is after the close of `on`."""
    found = [_sync(queue, on, at) for queue in all_queues() if queue.causes]
    hardship.arrange(on=on)
    return found


def due(on: datetime.date) -> bool:
    """Whether a queue has not been looked at through `on`."""
    known = dict(QueueSync.objects.values_list("queue", "through"))
    return any(
        queue.causes and known.get(queue.code, datetime.date.min) < on for queue in all_queues()
    )


def open_since(customer_id: int, since: datetime.date, on: datetime.date) -> None:
    """The items of one customer for causes from `since` on: what a late fact brought."""
    at = timezone.now()
    before = since - datetime.timedelta(days=1)
    for queue in all_queues():
        if queue.of:
            _open(queue, before, on, at, customer_id)
    hardship.arrange(on=on, customer_id=customer_id)


def close_gone(customer_id: int) -> None:
    """Close the open items of one customer whose cause is gone: in the act's own transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct queue from accounts_workitem "
            "where customer_id = %s and done_at is null",
            [customer_id],
        )
        codes = {row[0] for row in cursor.fetchall()}
    for queue in all_queues() if codes else ():
        if queue.code in codes and queue.stands:
            _close(queue, timezone.now(), customer_id)


def close_gone_of(queue: Queue, at: datetime.datetime) -> int:
    """Close the items of a queue whose cause is gone; how many those are."""
    return _close(queue, at, None)


@transaction.atomic
def _sync(queue: Queue, on: datetime.date, at: datetime.datetime) -> Counts:
    QueueSync.objects.get_or_create(
        queue=queue.code, defaults={"through": on - datetime.timedelta(days=FIRST_DAYS)}
    )
    state = QueueSync.objects.select_for_update().get(queue=queue.code)
    opened = _open(queue, min(state.through, on), on, at, None)
    closed = _close(queue, at, None) if queue.stands else 0
    state.through, state.at = max(on, state.through), at
    state.opened, state.closed = opened, closed
    state.save()
    return Counts(queue.code, opened, closed)


def _open(
    queue: Queue,
    since: datetime.date,
    through: datetime.date,
    at: datetime.datetime,
    customer_id: int | None,
) -> int:
    only = "true" if customer_id is None else f"{queue.of}.customer_id = %(customer)s"
    return _run(
        _OPEN.format(causes=queue.causes.format(only=only)),
        {
            "queue": queue.code, "since": since, "through": through, "at": at,
            "due": queue.due(through), "customer": customer_id,
        },
    )  # fmt: skip


def _close(queue: Queue, at: datetime.datetime, customer_id: int | None) -> int:
    only = "true" if customer_id is None else "i.customer_id = %(customer)s"
    return _run(
        _CLOSE.format(stands=queue.stands, only=only),
        {
            "queue": queue.code, "at": at, "outcome": Outcome.GONE, "kind": MoveKind.CLOSED,
            "customer": customer_id,
        },
    )  # fmt: skip


def _run(statement: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
