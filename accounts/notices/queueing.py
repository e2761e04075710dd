"""A notice is queued in the transaction of what it tells, once for each (kind, key).

One notice through `queue`; the notices of a set through `queue_from`, whose rows a room above
selects and this room inserts: nothing passes through Python, and each table keeps its one writer.
Nothing is sent here. What is rolled back (a preview, a shadow run, a scenario) was never queued.
"""

import datetime
import json
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.notices import kinds
from accounts.notices.models import Notice

_QUEUE = """
with queued as (
    insert into accounts_notice
        (customer_id, kind, key, about, "on", context, queued_at, due_at, state, corrects_id)
    select r.customer_id, r.kind, r.key, r.about, r."on", r.context,
           coalesce(%(at)s::timestamptz, now()), coalesce(%(at)s::timestamptz, now()), 'queued',
           r.corrects_id
    from ({rows}) r(customer_id, kind, key, about, "on", context, corrects_id)
    on conflict (kind, key) do nothing
    returning id, customer_id, about
),
superseded as (
    update accounts_notice n set state = 'dropped', why = 'superseded', because = ''
    from queued q
    where n.customer_id = q.customer_id and n.about = q.about and q.about <> ''
      and n.state in ('queued', 'held')
)
select id from queued
"""
_COUNT = _QUEUE.replace("select id from queued", "select count(*) as queued from queued")
_ONE = """
select %(customer)s::bigint, %(kind)s::text, %(key)s::text, %(about)s::text, %(on)s::date,
       %(context)s::jsonb, %(corrects)s::bigint
"""


class UnknownKind(Exception):
    """No room registered this kind."""


def queue(
    *,
    customer: Any,
    kind: str,
    key: str,
    context: Mapping[str, Any],
    at: datetime.datetime,
    on: datetime.date | None = None,
    about: str = "",
    corrects: Notice | None = None,
) -> Notice | None:
    """Queue one notice in the caller's transaction; None if (kind, key) was queued before.

    `key` names what is told, within its kind; `on` is the business date it is about (that of `at`
    unless given); `context` are its facts as JSON keeps them. Raises UnknownKind.
    """
    if kinds.find(kind) is None:
        raise UnknownKind(kind)
    params = {
        "customer": customer.pk,
        "kind": kind,
        "key": key,
        "about": about,
        "on": on or timezone.localdate(at),
        "context": json.dumps(dict(context), default=str),
        "corrects": corrects.pk if corrects else None,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE.replace("{rows}", _ONE), params)
        row = cursor.fetchone()
    return Notice.objects.get(pk=row[0]) if row else None


def queue_from(rows: str, params: Mapping[str, Any], *, at: datetime.datetime | None = None) -> int:
    """Queue what a statement selects, as (customer_id, kind, key, about, "on", context jsonb,
    corrects_id); how many were new. `params` must not use the name `at`, the moment of queueing:
    by the database's clock unless given."""
    with connection.cursor() as cursor:
        cursor.execute(queue_statement(rows), {**params, "at": at})
        return int(cursor.fetchone()[0])


def queue_statement(rows: str) -> str:
    """The statement of `queue_from`, for who runs it prepared: it selects how many as `queued`."""
    return _COUNT.replace("{rows}", rows)
