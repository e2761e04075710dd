"""One hash over everything a night decided, in names instead of ids, so that books compare."""

import datetime
import hashlib

import psycopg
from django.db import connection

_PARTS = (
    """
    select e.value_on, e.for_on, e.booked_on, l.number, b.number, e.component, e.kind, e.amount,
           f.kind, f.number, e.reverses_id is not null, e.version
    from billing_entry e
    join billing_creditline l on l.id = e.line_id
    left join billing_bill b on b.id = e.bill_id
    left join billing_fact f on f.id = e.fact_id
    where e.value_on >= {since}
    """,
    """
    select l.number, b.number, b.origin, b.issued_on, b.booked_on, b.due_on, b.principal, b.interest
    from billing_bill b join billing_creditline l on l.id = b.line_id
    where b.issued_on >= {since}
    """,
    """
    select b.number, o.due_on, o.principal, o.interest, o.fee, o.fees_charged, o.cap_principal,
           o.overdue_on
    from billing_openbill o join billing_bill b on b.id = o.bill_id
    """,
    """
    select l.number, s.assigned_limit, s.credit, s.unbilled, t.status, t.factor
    from billing_linestate s
    join billing_creditline l on l.id = s.line_id
    left join risk_linestatus t on t.line_id = l.id
    """,
    """
    select l.number, e.opened_on, e.cured_on, e.severity, e.severe_on, e.oldest_due, e.frozen_dpd,
           e.reversed_on
    from risk_episode e join billing_creditline l on l.id = e.line_id
    """,
    """
    select l.number, e.opened_on, b.number, x.joined_on
    from risk_episodebill x
    join risk_episode e on e.id = x.episode_id
    join billing_creditline l on l.id = e.line_id
    join billing_bill b on b.id = x.bill_id
    where x.joined_on >= {since}
    """,
    """
    select l.number, e.opened_on, a."on", a.oldest_due, a.frozen_dpd
    from risk_episodeage a
    join risk_episode e on e.id = a.episode_id
    join billing_creditline l on l.id = e.line_id
    where a."on" >= {since}
    """,
    """
    select c.number, p."on", p.cause, p.threshold, p.points, p.expires_on, p.lasts_days,
           p.booked_on, p.version, coalesce(b.number, l.number), e.opened_on
    from risk_point p
    join accounts_customer c on c.id = p.customer_id
    left join billing_bill b on b.id = p.evidence_id and p.cause = 'paid_on_time'
    left join risk_episode e on e.id = p.evidence_id
     and p.cause in ('past_due', 'repeat', 'cured', 'clean')
    left join billing_creditline l
      on l.id = case p.cause when 'high_utilisation' then p.evidence_id else e.line_id end
    where p."on" >= {since}
    """,
    """
    select c.number, s.points, s.score, s.ended_on
    from risk_score s join accounts_customer c on c.id = s.customer_id
    """,
    """
    select c.number, a.code, a.opened_on, a.closed_on, a.points_lost, a.reversed_on
    from risk_alert a join accounts_customer c on c.id = a.customer_id
    """,
    """
    select l.number, r.code, r.trigger, r.effect, r.factor, r.from_on, r.until_on, r.reversed_on,
           x.kind, x."on", k.number, e.opened_on, a.code, a.opened_on,
           case x.kind when 'score' then x.evidence_id end
    from risk_restriction r
    join billing_creditline l on l.id = r.line_id
    left join risk_restrictionevidence x on x.restriction_id = r.id
    left join risk_episode e on e.id = x.evidence_id and x.kind = 'episode'
    left join billing_creditline k on k.id = e.line_id
    left join risk_alert a on a.id = x.evidence_id and x.kind = 'alert'
    """,
)


def consequence_hash(since: datetime.date | None = None) -> str:
    """MD5 over all rows in order; of the append-only tables only those since a day, if given."""
    digest = hashlib.md5(usedforsecurity=False)
    first = f"date '{since.isoformat()}'" if since else "'-infinity'::date"
    connection.ensure_connection()
    raw: psycopg.Connection[object] = connection.connection
    for part in _PARTS:
        query = (
            'select line from (select x::text collate "C" as line '
            f"from ({part.format(since=first)}) x) named order by line"
        )
        with raw.cursor() as cursor, cursor.copy(f"copy ({query}) to stdout") as lines:
            for block in lines:
                digest.update(block)
        digest.update(b"--")
    return digest.hexdigest()
