"""The queue of this room: plans that broke while something of them is still owed."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.work.choices import Priority
from accounts.work.queues import Queue, register
from billing.choices import Product

BROKEN_PLANS = Queue(
    code="broken_plans",
    label=_("Broken plans"),
    permission="billing.view_plan",
    title=lambda context: _plan(context),
    days=2,
    priority=Priority.HIGH,
    of="p",
    causes="""
        select p.id::text as key, p.id as subject_id, p.customer_id, p.ended_on as cause_on,
               2 as priority,
               jsonb_build_object('number', p.number, 'product', l.product) as context
        from billing_plan p join billing_creditline l on l.id = p.line_id
        where p.status = 'broken' and p.ended_on > %(since)s and p.ended_on <= %(through)s
          and {only}
          and exists (select from billing_planbill b join billing_openbill o using (bill_id)
                      where b.plan_id = p.id)
    """,
    stands="""
        exists (
            select from billing_plan p
            join billing_planbill b on b.plan_id = p.id
            join billing_openbill o on o.bill_id = b.bill_id
            where p.id = i.subject_id and p.status = 'broken'
        )
        and not exists (
            select from billing_plan p join billing_plan k on k.line_id = p.line_id
            where p.id = i.subject_id and k.status = 'kept'
        )
    """,
    gone=_("What the plan covered is paid, or another plan runs."),
)


def _plan(context: Mapping[str, Any]) -> str:
    product = Product(context["product"]).label
    return f"{product} \N{MIDDLE DOT} {context['number']}"


def announce() -> None:
    register(BROKEN_PLANS)
