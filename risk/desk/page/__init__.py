"""The customer's page: everything that staff need to answer "why?", in a constant number of
queries. A section is a module here and a template beside the others; rooms above add theirs as
panels (risk/desk/panels.py). `as_of` shows the same of an earlier day."""

import datetime
from dataclasses import dataclass
from typing import Any

from accounts.models import Customer
from billing.models import Quarantine
from risk import timeline
from risk.desk import banners
from risk.desk.chart import Chart, score_chart
from risk.desk.page.bills import MOST_BILLS, BillRow, Movement, bill_rows
from risk.desk.page.lines import LineCard, line_cards
from risk.desk.page.plans import PlanRow, plan_rows
from risk.desk.page.points import PointRow, Trend, point_rows, trends
from risk.desk.page.repayments import RepaymentRow, repayment_rows
from risk.explain import Explanation, explain
from risk.explain.outlook import history
from risk.explain.record import Record, business_day

__all__ = [
    "BillRow",
    "CustomerPage",
    "LineCard",
    "Movement",
    "PointRow",
    "Standing",
    "build",
    "line_cards",
    "standing",
]

MOST_ENDED = 10


@dataclass(frozen=True)
class Standing:
    """How a customer stands on a day: the head, Why, bills, the ledger, plans."""

    customer: Customer
    on: datetime.date
    explanation: Explanation
    lines: list[LineCard]
    all_bills: list[BillRow]
    repayments: list[RepaymentRow]
    points: list[PointRow]
    trends: list[Trend]
    chart: Chart | None
    plans: list[PlanRow]
    opened: bool = True

    @property
    def record(self) -> Record:
        return self.explanation.record

    @property
    def open_bills(self) -> list[BillRow]:
        return [row for row in self.all_bills if row.open]

    @property
    def bills(self) -> list[BillRow]:
        return [row for row in self.all_bills if not row.open][:MOST_BILLS]

    @property
    def ended(self) -> list[Any]:
        """The newest; `ended_in_all` is how many there are."""
        return self.explanation.ended

    @property
    def ended_in_all(self) -> int:
        return len(self.record.restrictions) - len(self.explanation.in_force)


@dataclass(frozen=True, kw_only=True)
class CustomerPage(Standing):
    """What the template of the page shows beyond how the customer stands."""

    timeline: timeline.Page
    quarantine: Quarantine | None
    marks: list[banners.Banner]


def build(
    customer: Customer, *, part: str = "", before: timeline.Mark | None = None
) -> CustomerPage:
    """Read everything about a customer as of their last open day."""
    opened = business_day(customer.pk)
    on = opened or customer.opened_on
    return CustomerPage(
        **{**vars(standing(customer, on)), "opened": opened is not None},
        timeline=timeline.page(customer.pk, on=on, part=part, before=before),
        quarantine=Quarantine.objects.filter(customer=customer, released_at=None).first(),
        marks=banners.of(customer, on),
    )


def standing(customer: Customer, on: datetime.date) -> Standing:
    """Read how a customer stands on `on`: their last open day, or one looked back at."""
    explanation = explain(customer.pk, on, most_ended=MOST_ENDED)
    record = explanation.record
    scores = history(record)
    return Standing(
        customer=customer,
        on=on,
        explanation=explanation,
        lines=line_cards(explanation),
        all_bills=bill_rows(customer.pk, record),
        repayments=repayment_rows(customer.pk, record),
        points=point_rows(record, dict(scores)),
        trends=trends(record),
        chart=score_chart(scores, record.policy.score if record.policy else None, on),
        plans=plan_rows(customer.pk, record),
    )
