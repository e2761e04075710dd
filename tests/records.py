"""What the engine recorded of a customer, in names instead of ids, so that books compare."""

from typing import Any

from django.db import connection

STANDING = {
    "entries": """
        select e.value_on, e.for_on, l.product, b.number, e.component, e.kind, e.amount,
               coalesce(f.kind || ' ' || coalesce(f.number, ''), '')
        from billing_entry e
        join billing_creditline l on l.id = e.line_id
        left join billing_bill b on b.id = e.bill_id
        left join billing_fact f on f.id = e.fact_id
        where e.customer_id = %(customer)s and e.reverses_id is null
          and not exists (select from billing_entry r where r.reverses_id = e.id)""",
    "bills": """
        select number, origin, issued_on, due_on, principal, interest
        from billing_bill where customer_id = %(customer)s and principal + interest > 0""",
    "open bills": """
        select b.number, o.due_on, o.principal, o.interest, o.fee, o.fees_charged,
               o.cap_principal, o.overdue_on is not null, p.number
        from billing_openbill o join billing_bill b on b.id = o.bill_id
        left join billing_plan p on p.id = o.plan_id
        where o.customer_id = %(customer)s""",
    "lines": """
        select l.product, s.assigned_limit, s.credit, s.unbilled, t.status, t.factor
        from billing_linestate s join billing_creditline l on l.id = s.line_id
        left join risk_linestatus t on t.line_id = l.id
        where s.customer_id = %(customer)s""",
    "plans": """
        select p.number, p.started_on, p.status, p.ended_on, p.counted,
               (select array_agg(b.number order by b.number) from billing_planbill c
                join billing_bill b on b.id = c.bill_id where c.plan_id = p.id)
        from billing_plan p where p.customer_id = %(customer)s and p.status <> 'void'""",
    "holds": """
        select h.number, l.product, h.started_on, h.until_on, h.fees, h.milestones, h.interest,
               h.bill_numbers
        from billing_hold h join billing_creditline l on l.id = h.line_id
        where h.customer_id = %(customer)s""",
    "write-offs": """
        select b.number, w.written_on, w.amount, w.owed, f.value_on
        from billing_writeoff w join billing_bill b on b.id = w.bill_id
        join billing_fact f on f.id = w.fact_id
        where w.customer_id = %(customer)s""",
    "disputes": """
        select b.number, d.filed_on, d.amount, d.moved, d.outcome, d.decided_on
        from billing_dispute d join billing_bill b on b.id = d.bill_id
        where d.customer_id = %(customer)s""",
    "episodes": """
        select l.product, e.opened_on, e.cured_on, e.severity, e.severe_on, e.oldest_due,
               e.frozen_dpd,
               (select array_agg(b.number || ' ' || x.joined_on order by b.number)
                from risk_episodebill x join billing_bill b on b.id = x.bill_id
                where x.episode_id = e.id),
               (select array_agg(a."on" || ' ' || a.oldest_due || ' ' || coalesce(a.frozen_dpd, -1)
                order by a."on") from risk_episodeage a where a.episode_id = e.id)
        from risk_episode e join billing_creditline l on l.id = e.line_id
        where e.customer_id = %(customer)s and e.reversed_on is null""",
    "points": """
        select p."on", p.cause, p.threshold, p.points, p.expires_on, p.lasts_days
        from risk_point p
        where p.customer_id = %(customer)s and p.reverses_id is null
          and not exists (select from risk_point r where r.reverses_id = p.id)""",
    "score": "select points, score from risk_score where customer_id = %(customer)s",
    "alerts": """
        select code, opened_on, closed_on, closed_by_id is not null, points_lost
        from risk_alert where customer_id = %(customer)s and reversed_on is null""",
    "restrictions": """
        select l.product, r.code, r.trigger, r.effect, r.factor, r.from_on, r.until_on,
               (select array_agg(distinct x.kind order by x.kind)
                from risk_restrictionevidence x where x.restriction_id = r.id)
        from risk_restriction r join billing_creditline l on l.id = r.line_id
        where r.customer_id = %(customer)s and r.reversed_on is null""",
}


def record(customer_id: int, token: str) -> dict[str, list[Any]]:
    """Every consequence that stands, sorted; `token` is what the names carry before the file's."""
    found: dict[str, list[Any]] = {}
    with connection.cursor() as cursor:
        for name, query in STANDING.items():
            cursor.execute(query, {"customer": customer_id})
            found[name] = sorted(
                ([_plain(value, token) for value in row] for row in cursor.fetchall()), key=repr
            )
    return found


def _plain(value: Any, token: str) -> Any:
    if isinstance(value, str):
        return value.replace(token, "")
    if isinstance(value, list):
        return [_plain(item, token) for item in value]
    return str(value)
