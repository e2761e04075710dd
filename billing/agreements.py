"""Acts of staff on what was agreed with a customer: the early end of a plan, promises to pay."""

import datetime
import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.acts import Act, ActForm, Doing, Refused, Schedule
from accounts.desk.formats import money, words_date
from billing import operations, promises
from billing.acts import LineForm, amount_field
from billing.choices import PlanStatus, Product, PromiseStatus
from billing.models import OpenBill, Plan, PromiseState

FORM_PARTS = 3


class EndPlanForm(ActForm):
    plan = forms.ChoiceField(label=_("Repayment plan"))

    def offer(self) -> None:
        rows = Plan.objects.filter(customer=self.customer, status=PlanStatus.KEPT).select_related(
            "line"
        )
        self.plans = {str(row.pk): row for row in rows.order_by("-started_on", "-pk")}
        self.choose(
            "plan",
            [
                (pk, f"{row.number} · {Product(row.line.product).label} · {row.started_on}")
                for pk, row in self.plans.items()
            ],
        )

    def clean_plan(self) -> Plan:
        return self.plans[self.cleaned_data["plan"]]


class EndPlan(Act):
    code = "end_plan"
    label = _("End a repayment plan")
    says = _("Early, because the customer asks or it was agreed in error: from the next day on its "
             "bills are overdue again, with their original due dates. What was paid stays "
             "paid.")  # fmt: skip
    form = EndPlanForm

    def tells(self, doing: Doing) -> list[str]:
        tomorrow = doing.on + datetime.timedelta(days=1)
        rows = OpenBill.objects.filter(
            customer=doing.customer, plan_id=doing.data["plan"].pk, due_on__lt=doing.on
        )
        return [
            gettext(
                "Bill %(bill)s (%(owed)s outstanding) counts as overdue again from %(day)s, "
                "%(days)s days after its due date."
            )
            % {
                "bill": row.bill.number, "owed": money(row.principal + row.interest + row.fee),
                "day": words_date(tomorrow), "days": (tomorrow - row.due_on).days,
            }
            for row in rows.select_related("bill").order_by("due_on")
        ]  # fmt: skip

    def perform(self, doing: Doing) -> None:
        plan = doing.data["plan"]
        operations.end_plan(
            line=plan.line, number=plan.number, on=doing.on, by=doing.by, reason=doing.reason
        )


class PromiseForm(LineForm):
    """Up to three dated amounts; the first one has to be there."""

    due_1 = forms.DateField(label=_("Promised by"))
    amount_1 = amount_field(_("Amount"))
    due_2 = forms.DateField(label=_("Second date"), required=False)
    amount_2 = amount_field(_("Second amount"), required=False)
    due_3 = forms.DateField(label=_("Third date"), required=False)
    amount_3 = amount_field(_("Third amount"), required=False)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        for n in range(2, FORM_PARTS + 1):
            due, amount = data.get(f"due_{n}"), data.get(f"amount_{n}")
            missing = f"due_{n}" if amount else f"amount_{n}"
            if bool(due) != bool(amount) and missing not in self.errors:
                self.add_error(missing, _("A date and an amount belong together."))
        return data


class RecordPromise(Act):
    code = "record_promise"
    label = _("Record a promise to pay")
    says = _("The customer says what they will pay by when. It changes nothing of what is owed; "
             "each night it is decided from the repayments whether it was kept.")  # fmt: skip
    form = PromiseForm

    def schedule(self, doing: Doing) -> Schedule:
        return Schedule(_("Promise to pay"), _parts(doing.data))

    def tells(self, doing: Doing) -> list[str]:
        line = doing.data["line"]
        terms = promises.promise_terms(line.product, doing.on)
        words = [
            gettext(
                "Money that comes in by %(days)s days after a date still counts. Kept is the whole "
                "amount less %(tolerance)s, partly kept at least %(share)s of it."
            )
            % {
                "days": terms.grace_days, "tolerance": money(terms.tolerance),
                "share": f"{(terms.threshold * 100).normalize():f}%",
            }
        ]  # fmt: skip
        if PromiseState.objects.filter(line=line, status=PromiseStatus.OPEN).exists():
            words.append(gettext("It takes the place of the promise that is open on this line."))
        return words

    def perform(self, doing: Doing) -> None:
        promises.record_promise(
            line=doing.data["line"], parts=_parts(doing.data), on=doing.on,
            number=f"PTP-{uuid.uuid4().hex[:12].upper()}", by=doing.by, reason=doing.reason,
        )  # fmt: skip


class WithdrawForm(ActForm):
    promise = forms.ChoiceField(label=_("Promise to pay"))

    def offer(self) -> None:
        rows = (
            PromiseState.objects.filter(customer=self.customer, status=PromiseStatus.OPEN)
            .select_related("promise", "line")
            .order_by("promise__made_on", "promise__number", "promise__n")
        )
        self.promises = {row.promise.number: row for row in reversed(rows)}
        self.choose(
            "promise",
            [
                (number, f"{row.promise.made_on} · {Product(row.line.product).label} · "
                         f"{money(row.promise.amount)} · {row.promise.due_on}")
                for number, row in self.promises.items()
            ],
        )  # fmt: skip

    def clean_promise(self) -> PromiseState:
        return self.promises[self.cleaned_data["promise"]]


class WithdrawPromise(Act):
    code = "withdraw_promise"
    label = _("Take back a promise to pay")
    says = _("The customer takes it back, or it was recorded in error; what is decided stays.")
    form = WithdrawForm

    def perform(self, doing: Doing) -> None:
        row = doing.data["promise"]
        promises.withdraw_promise(
            line=row.line, number=row.promise.number, on=doing.on, by=doing.by, reason=doing.reason
        )


def _parts(data: Any) -> list[tuple[datetime.date, Decimal]]:
    found = [(data.get(f"due_{n}"), data.get(f"amount_{n}")) for n in range(1, FORM_PARTS + 1)]
    parts = [(due, amount) for due, amount in found if due and amount]
    if len({due for due, _amount in parts}) < len(parts):
        raise Refused(gettext("a date is named twice"))
    return sorted(parts)
