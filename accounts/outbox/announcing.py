"""Events are written in the transaction of their effect, with one delivery for each endpoint that
wants them; where nobody wants one, nothing is written."""

import datetime
import json
from collections.abc import Mapping
from typing import Any

from django.db import connection

# The order of the rows is that of the deliveries: within a customer, as the room above says.
_ANNOUNCE = """
with wanted as materialized (
    select id, wants from accounts_webhookendpoint where active
),
announced as (
    insert into accounts_outboxevent (event, key, customer_id, data, occurred_at)
    select r.event, r.key, r.customer_id, r.data, r.occurred_at
    from ({rows}) r(event, key, customer_id, data, occurred_at, place)
    where exists (select from wanted)
      and exists (select from wanted w where r.event = any(w.wants))
    order by r.place
    on conflict (event, key) do nothing
    returning id, event, customer_id, occurred_at
),
sent_on as (
    insert into accounts_webhookdelivery (endpoint_id, event_id, lane, next_at)
    select w.id, a.id, coalesce(a.customer_id, 0), a.occurred_at
    from announced a join wanted w on a.event = any(w.wants)
    order by a.id, w.id
)
select count(*) as count from announced
"""
_ONE = """
select %(event)s::text, %(key)s::text, %(customer)s::bigint, %(data)s::jsonb,
       %(at)s::timestamptz, 0
"""


def announce(
    *, event: str, key: str, customer: Any, data: Mapping[str, Any], at: datetime.datetime
) -> bool:
    """Announce one event; whether anybody will hear of it. `event` is one of choices.Event, `key`
    names its effect, `customer` is None for the whole book. No personal data in `data`."""
    params = {
        "event": event,
        "key": key,
        "customer": customer.pk if customer else None,
        "data": json.dumps(dict(data), default=str),
        "at": at,
    }
    return announce_from(_ONE, params) > 0


def announce_from(rows: str, params: Mapping[str, Any]) -> int:
    """Announce what a statement selects, as (event, key, customer_id, data jsonb, occurred_at,
    place); how many were new and wanted. Rows are announced in the order of `place`."""
    with connection.cursor() as cursor:
        cursor.execute(announce_statement(rows), params)
        return int(cursor.fetchone()[0])


def announce_statement(rows: str) -> str:
    """The statement of `announce_from`, for who runs it prepared."""
    return _ANNOUNCE.replace("{rows}", rows)
