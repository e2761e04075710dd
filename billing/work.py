"""The queues of this room: plans that broke, and promises that were not kept, while something is
still owed; payouts that a bounced repayment has left without cover."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.desk.formats import money
from accounts.work.choices import Priority
from accounts.work.queues import Queue, register
from billing.choices import Product, PromiseStatus

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


BROKEN_PROMISES = Queue(
    code="broken_promises",
    label=_("Broken promises"),
    permission="billing.view_promisetopay",
    title=lambda context: _promise(context),
    days=2,
    of="s",
    causes="""
        select s.promise_id::text as key, s.promise_id as subject_id, s.customer_id,
               s.decided_on as cause_on, 3 as priority,
               jsonb_build_object('product', l.product, 'amount', p.amount::text,
                                  'due_on', p.due_on, 'status', s.status) as context
        from billing_promisestate s
        join billing_promise p on p.id = s.promise_id
        join billing_creditline l on l.id = s.line_id
        where s.status in ('broken', 'partly_kept') and s.decided_on > %(since)s
          and s.decided_on <= %(through)s and {only}
          and exists (select from billing_openbill o where o.line_id = s.line_id)
    """,
    stands="""
        exists (
            select from billing_promisestate s
            join billing_openbill o on o.customer_id = s.customer_id and o.line_id = s.line_id
            where s.promise_id = i.subject_id and s.status in ('broken', 'partly_kept')
        )
        and not exists (
            select from billing_promisestate s
            join billing_promisestate n on n.line_id = s.line_id and n.status = 'open'
            where s.promise_id = i.subject_id
        )
    """,
    gone=_("It was made good, nothing is owed any more, or there is a new promise."),
)


_PAID_OUT = """
    select coalesce(-sum(e.amount), 0) from billing_entry e
    where e.value_on = f.value_on and e.customer_id = f.customer_id and e.fact_id = f.id
      and e.kind = 'paid_out'
"""

OVERPAID = Queue(
    code="overpaid",
    label=_("Paid out without cover"),
    permission="billing.view_fact",
    title=lambda context: _uncovered(context),
    days=2,
    priority=Priority.HIGH,
    of="f",
    causes=f"""
        select f.id::text as key, f.id as subject_id, f.customer_id, f.value_on as cause_on,
               2 as priority,
               jsonb_build_object('number', f.number,
                                  'amount', (f.amount - ({_PAID_OUT}))::text) as context
        from billing_fact f
        where f.kind = 'payout' and f.value_on > %(since)s and f.value_on <= %(through)s
          and {{only}} and f.amount > ({_PAID_OUT})
    """,
    stands=f"""
        exists (
            select from billing_fact f where f.id = i.subject_id and f.amount > ({_PAID_OUT})
        )
    """,
    gone=_("What was paid out is covered by the credit balance of its day."),
)


def _uncovered(context: Mapping[str, Any]) -> str:
    text = _("Payout %(number)s: %(amount)s more than was there")
    return str(text % {"number": context["number"], "amount": money(Decimal(context["amount"]))})


def _promise(context: Mapping[str, Any]) -> str:
    product = Product(context["product"]).label
    status = PromiseStatus(context["status"]).label
    amount = money(Decimal(context["amount"]))
    return f"{product} \N{MIDDLE DOT} {amount} \N{MIDDLE DOT} {context['due_on']}: {status}"


def _plan(context: Mapping[str, Any]) -> str:
    product = Product(context["product"]).label
    return f"{product} \N{MIDDLE DOT} {context['number']}"


def announce() -> None:
    register(BROKEN_PLANS, BROKEN_PROMISES, OVERPAID)
