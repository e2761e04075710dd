"""A repayment plan over exactly what is outstanding, less what is waived with it."""

import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from pydantic import Field

from accounts.acts import Refused
from accounts.desk.formats import money, words_date
from appeals.remedies import broken
from appeals.remedies.base import (
    Amount,
    Case,
    Day,
    Number,
    ProductCode,
    Remedy,
    RemedyForm,
    money_field,
    named,
)
from appeals.remedies.owed import owed
from appeals.remedies.waivers import FeeWaiver
from billing import operations, plans
from billing.terms import Figures

MOST_MONTHS = 60


class Instalment(Figures):
    """What is to be paid by a date."""

    due_on: Day
    amount: Amount


class RepaymentPlan(Remedy):
    """Instalments over bills of one line; while it is kept they do not count as overdue."""

    label = gettext_lazy("Repayment plan")
    rank = 40

    kind: Literal["repayment_plan"] = "repayment_plan"
    product: ProductCode
    bills: Annotated[tuple[Number, ...], Field(min_length=1, max_length=200)]
    instalments: Annotated[tuple[Instalment, ...], Field(min_length=1, max_length=MOST_MONTHS)]

    @property
    def months(self) -> int:
        return len(self.instalments)

    @property
    def total(self) -> Decimal:
        return sum((part.amount for part in self.instalments), Decimal("0.00"))

    @property
    def subject(self) -> tuple[str, ...]:
        return (self.kind,)

    def says(self) -> list[str]:
        words = {
            "total": money(self.total),
            "bills": ", ".join(self.bills),
            "product": named(self.product),
            "n": self.months,
        }
        said = [
            ngettext(
                "%(total)s on %(product)s (%(bills)s) is paid in %(n)s instalment:",
                "%(total)s on %(product)s (%(bills)s) is paid in %(n)s instalments:",
                self.months,
            )
            % words
        ]
        said += [
            _("by %(day)s: %(amount)s")
            % {"day": words_date(part.due_on), "amount": money(part.amount)}
            for part in self.instalments
        ]
        said.append(
            _("While the plan is kept these bills do not count as overdue and bear no late fees. "
              "If an instalment is missed the plan breaks and the old due dates count again.")
        )  # fmt: skip
        return said

    def check(self, case: Case) -> None:
        _check_dates(self.instalments, max(case.as_of, case.on))
        total = outstanding(case, self.product, self.bills)
        if total != self.total:
            raise Refused(
                _("the instalments come to %(total)s, but %(owed)s is to be paid on these bills as "
                  "of %(day)s")
                % {"total": money(self.total), "owed": money(total), "day": words_date(case.as_of)}
            )  # fmt: skip
        if case.on > case.as_of and not _still_owed(case, self.bills):
            raise Refused(_("the bills of the plan were paid meanwhile"))
        broken.require_new_evidence(case.customer, case.on)

    def perform(self, case: Case) -> None:
        operations.agree_plan(
            line=case.line(self.product), bill_numbers=self.bills, on=case.on, value_on=case.as_of,
            instalments=[(part.due_on, part.amount) for part in self.instalments],
            number=f"{case.name}/PLAN", by=case.by, reason=case.words,
        )  # fmt: skip


def outstanding(case: Case, product: str, bills: tuple[str, ...]) -> Decimal:
    """What a plan over these bills has to bring in: all they owe, less what is waived with it."""
    rows = owed(case.customer.pk, case.as_of)
    total = Decimal("0.00")
    for number in bills:
        row = rows.get(number)
        if row is None or row.product != product:
            raise Refused(_("bill %(bill)s owes nothing that a plan could cover") % {
                "bill": number})  # fmt: skip
        total += row.total
    return total - sum(
        (
            other.amount
            for other in case.others
            if isinstance(other, FeeWaiver) and other.conditional and other.bill in bills
        ),
        Decimal("0.00"),
    )


def _check_dates(instalments: tuple[Instalment, ...], after: datetime.date) -> None:
    days = [part.due_on for part in instalments]
    if days != sorted(set(days)):
        raise Refused(_("the instalments are not in the order of their dates"))
    if days[0] <= after:
        raise Refused(
            _("the first instalment, due %(due)s, has to come after %(on)s")
            % {"due": words_date(days[0]), "on": words_date(after)}
        )
    if any(part.amount <= 0 for part in instalments):
        raise Refused(_("an instalment of nothing"))


def _still_owed(case: Case, bills: tuple[str, ...]) -> bool:
    return any(number in bills for number in owed(case.customer.pk, case.on))


class PlanForm(RemedyForm):
    kind = RepaymentPlan
    for_customers = True

    bills = forms.MultipleChoiceField(label=gettext_lazy("Bills"))
    monthly = money_field(
        gettext_lazy("Affordable amount a month"),
        required=False,
        help_text=gettext_lazy("The schedule follows from it, at most 60 months."),
    )
    parts = forms.IntegerField(
        label=gettext_lazy("Or in how many equal parts"),
        required=False,
        min_value=1,
        max_value=MOST_MONTHS,
    )
    first_due = forms.DateField(label=gettext_lazy("First instalment due"))

    def offer(self) -> None:
        self.rows = owed(self.customer.pk, self.as_of)
        self.choose(
            "bills",
            [
                (number, f"{number} · {named(row.product)} · {row.due_on} · {money(row.total)}")
                for number, row in self.rows.items()
            ],
        )

    def clean_bills(self) -> list[str]:
        numbers: list[str] = self.cleaned_data["bills"]
        if len({self.rows[number].product for number in numbers}) > 1:
            raise forms.ValidationError(_("A plan covers bills of one credit line."))
        return [number for number in self.rows if number in numbers]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if bool(data.get("monthly")) == bool(data.get("parts")) and not self.errors:
            self.add_error(
                "monthly", _("Say either what can be paid a month or in how many parts.")
            )
        return data

    def remedy(self, case: Case) -> RepaymentPlan:
        data = self.cleaned_data
        bills = tuple(data["bills"])
        product = self.rows[bills[0]].product
        total = outstanding(case, product, bills)
        if data["monthly"]:
            schedule = plans.schedule_by_amount(total, data["monthly"], data["first_due"])
        else:
            schedule = plans.schedule_by_parts(total, data["parts"], data["first_due"])
        return RepaymentPlan(
            product=product,
            bills=bills,
            instalments=tuple(Instalment(due_on=day, amount=part) for day, part in schedule),
        )
