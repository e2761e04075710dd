"""The queues of this room: customers newly restricted by a rule, and alerts."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.work.choices import Priority
from accounts.work.queues import Queue, register
from billing.choices import Product
from risk.choices import Trigger

MOST_NAMED = 2

#: One item a customer, however many causes came at once: who looks at one looks at all.
RESTRICTIONS = Queue(
    code="restrictions",
    label=_("New restrictions"),
    permission="risk.view_restriction",
    title=lambda context: _causes(context),
    days=2,
    of="r",
    causes="""
        select r.customer_id::text as key, null::bigint as subject_id, r.customer_id,
               max(r.from_on) as cause_on,
               case when bool_or(r.effect = 'suspend') then 3 else 4 end as priority,
               jsonb_build_object('causes', jsonb_agg(
                   distinct jsonb_build_array(l.product, r.trigger))) as context
        from risk_restriction r join billing_creditline l on l.id = r.line_id
        where r.from_on > %(since)s and r.from_on <= %(through)s
          and r.until_on is null and r.reversed_on is null and r.trigger <> 'manual' and {only}
        group by r.customer_id
    """,
    stands="""
        exists (
            select from risk_restriction r
            where r.customer_id = i.customer_id and r.until_on is null and r.reversed_on is null
              and r.trigger <> 'manual'
        )
    """,
    gone=_("No rule restricts the customer any more."),
)

ALERTS = Queue(
    code="alerts",
    label=_("Alerts"),
    permission="risk.view_alert",
    title=lambda context: _alert(context),
    days=1,
    priority=Priority.HIGH,
    of="a",
    causes="""
        select a.id::text as key, a.id as subject_id, a.customer_id, a.opened_on as cause_on,
               2 as priority,
               jsonb_build_object('code', a.code, 'points', a.points_lost) as context
        from risk_alert a
        where a.opened_on > %(since)s and a.opened_on <= %(through)s
          and a.closed_on is null and a.reversed_on is null and {only}
    """,
    stands="""
        exists (
            select from risk_alert a
            where a.id = i.subject_id and a.closed_on is null and a.reversed_on is null
        )
    """,
    gone=_("The alert is closed."),
)


def _causes(context: Mapping[str, Any]) -> str:
    rows = context["causes"]
    named = [
        f"{Product(product).label}: {Trigger(trigger).label}"
        for product, trigger in rows[:MOST_NAMED]
    ]
    more = len(rows) - MOST_NAMED
    return "; ".join(named) + (f" +{more}" if more > 0 else "")


def _alert(context: Mapping[str, Any]) -> str:
    return _("%(points)s points lost (%(code)s)") % {
        "points": context["points"],
        "code": context["code"],
    }


def announce() -> None:
    register(RESTRICTIONS, ALERTS)
