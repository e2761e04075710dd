"""What staff do to a customer's money; each is an operation of this room with a form."""

import datetime
import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.acts import Act, ActForm, Doing, Refused, register
from accounts.desk.formats import money
from accounts.models import Customer
from billing import operations
from billing.choices import FactKind, Outcome, Product
from billing.models import CreditLine, Dispute, Fact, LineState, OpenBill
from billing.plans import MOST_PARTS, schedule_by_amount, schedule_by_parts

_CENT = Decimal("0.01")
MOST_REPAYMENTS = 50


def amount_field(label: Any, **kwargs: Any) -> forms.DecimalField:
    """An amount of money, exact to the cent, at least one cent."""
    return forms.DecimalField(
        label=label, max_digits=14, decimal_places=2, min_value=_CENT, **kwargs
    )


class LineForm(ActForm):
    """An act on one line of the customer."""

    line = forms.ChoiceField(label=_("Credit line"))

    def offer(self) -> None:
        lines = CreditLine.objects.filter(customer=self.customer).order_by("product")
        self.lines = {str(line.pk): line for line in lines}
        self.choose(
            "line",
            [(pk, Product(line.product).label) for pk, line in self.lines.items()],
        )

    def clean_line(self) -> CreditLine:
        return self.lines[self.cleaned_data["line"]]


class BillForm(ActForm):
    """An act on one bill that owes something."""

    bill = forms.ChoiceField(label=_("Bill"))

    def offer(self) -> None:
        self.bills = {row.bill.number: row for row in open_bills(self.customer)}
        self.choose(
            "bill",
            [(number, describe(row)) for number, row in self.bills.items()],
        )

    def clean_bill(self) -> OpenBill:
        return self.bills[self.cleaned_data["bill"]]


class RepaymentForm(LineForm):
    amount = amount_field(_("Amount"))
    value_on = forms.DateField(
        label=_("Value date"),
        required=False,
        help_text=_("The day the money came in; today if left empty."),
    )
    number = forms.CharField(label=_("Payment reference"), max_length=80, required=False)


class BookRepayment(Act):
    code = "book_repayment"
    tells = False
    label = _("Book a repayment")
    says = _("Money that came in outside the channels: it goes to the oldest due date first.")
    form = RepaymentForm

    def perform(self, doing: Doing) -> None:
        operations.book_repayment(
            line=doing.data["line"], amount=doing.data["amount"], on=doing.on,
            value_on=doing.data["value_on"], number=doing.data["number"] or _number("P"),
            by=doing.by, reason=doing.reason,
        )  # fmt: skip


class ReversalForm(ActForm):
    repayment = forms.ChoiceField(label=_("Repayment"))

    def offer(self) -> None:
        rows = (
            Fact.objects.filter(customer=self.customer, kind=FactKind.REPAY)
            .exclude(pk__in=Fact.objects.filter(customer=self.customer, reverses__isnull=False)
                     .values("reverses_id"))
            .order_by("-value_on", "-pk")[:MOST_REPAYMENTS]
        )  # fmt: skip
        self.repayments = {str(row.pk): row for row in rows}
        self.choose(
            "repayment",
            [
                (pk, f"{row.value_on} · {money(row.amount)} · {row.number or pk}")
                for pk, row in self.repayments.items()
            ],
        )

    def clean_repayment(self) -> Fact:
        return self.repayments[self.cleaned_data["repayment"]]


class ReverseRepayment(Act):
    code = "reverse_repayment"
    label = _("Reverse a repayment")
    says = _("It bounced or was booked by mistake: it counts as never made, back to its date.")
    form = ReversalForm

    def amount(self, customer: Customer, data: Mapping[str, Any]) -> Decimal:
        amount: Decimal = data["repayment"].amount
        return amount

    def perform(self, doing: Doing) -> None:
        operations.reverse_repayment(
            repayment=doing.data["repayment"], on=doing.on, by=doing.by, reason=doing.reason
        )


class WaiverForm(BillForm):
    amount = amount_field(
        _("Amount"), required=False, help_text=_("All fees of the bill if left empty.")
    )

    def offer(self) -> None:
        self.bills = {row.bill.number: row for row in open_bills(self.customer) if row.fee > 0}
        self.choose(
            "bill",
            [
                (number, f"{number} · {row.due_on} · {_('fees')} {money(row.fee)}")
                for number, row in self.bills.items()
            ],
        )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        row, amount = data.get("bill"), data.get("amount")
        if row is not None and amount is not None and amount > row.fee:
            self.add_error(
                "amount",
                _("only %(fee)s of fees are outstanding on it") % {"fee": money(row.fee)},
            )
        return data


class WaiveFees(Act):
    code = "waive_fees"
    label = _("Waive late fees")
    says = _("Late fees outstanding on a bill are taken back.")
    form = WaiverForm

    def amount(self, customer: Customer, data: Mapping[str, Any]) -> Decimal:
        amount: Decimal = data["amount"] or data["bill"].fee
        return amount

    def perform(self, doing: Doing) -> None:
        row = doing.data["bill"]
        operations.waive_fees(
            line=row.line, bill_number=row.bill.number,
            amount=self.amount(doing.customer, doing.data), on=doing.on, by=doing.by,
            reason=doing.reason,
        )  # fmt: skip


class PlanForm(ActForm):
    bills = forms.MultipleChoiceField(label=_("Bills"), help_text=_("Of one credit line."))
    instalments = forms.IntegerField(
        label=_("Instalments"), min_value=1, max_value=MOST_PARTS, initial=3, required=False,
        help_text=_("Equal monthly parts."),
    )  # fmt: skip
    monthly = amount_field(
        _("Affordable a month"), required=False,
        help_text=_("If given, the number of instalments follows from it: at most 60."),
    )  # fmt: skip
    first_due = forms.DateField(label=_("First instalment due on"))

    def offer(self) -> None:
        self.rows = {row.bill.number: row for row in open_bills(self.customer)}
        self.choose(
            "bills",
            [
                (
                    number,
                    f"{number} · {Product(row.product).label} · {row.due_on} · {money(_owed(row))}",
                )
                for number, row in self.rows.items()
            ],
        )

    def clean_bills(self) -> list[OpenBill]:
        rows = [self.rows[number] for number in self.cleaned_data["bills"]]
        if len({row.line_id for row in rows}) > 1:
            raise forms.ValidationError(_("A plan covers bills of one credit line."))
        return rows

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("instalments") is None and data.get("monthly") is None and not self.errors:
            self.add_error("instalments", _("Say how many, or what is affordable a month."))
        return data


class AgreePlan(Act):
    code = "agree_plan"
    tells = False
    label = _("Agree a repayment plan")
    says = _("What is outstanding on the bills, in equal monthly parts; while it is kept they do "
             "not count as overdue.")  # fmt: skip
    form = PlanForm

    def amount(self, customer: Customer, data: Mapping[str, Any]) -> Decimal:
        return sum((_owed(row) for row in data["bills"]), Decimal(0))

    def perform(self, doing: Doing) -> None:
        first: datetime.date = doing.data["first_due"]
        if first <= doing.on:
            raise Refused(
                _("the first instalment, due %(due)s, has to come after %(on)s")
                % {"due": first, "on": doing.on}
            )
        rows: list[OpenBill] = doing.data["bills"]
        total = self.amount(doing.customer, doing.data)
        monthly: Decimal | None = doing.data.get("monthly")
        operations.agree_plan(
            line=rows[0].line, bill_numbers=[row.bill.number for row in rows],
            instalments=schedule_by_parts(total, doing.data["instalments"], first)
            if monthly is None else schedule_by_amount(total, monthly, first),
            on=doing.on, number=_number("PLAN"), by=doing.by, reason=doing.reason,
        )  # fmt: skip


class LimitForm(LineForm):
    limit = forms.DecimalField(
        label=_("New assigned limit"), max_digits=14, decimal_places=2, min_value=Decimal(0)
    )


class ChangeLimit(Act):
    code = "change_limit"
    label = _("Change an assigned limit")
    says = _("The limit before restrictions. A rise counts against your authority, a cut does not.")
    form = LimitForm

    def amount(self, customer: Customer, data: Mapping[str, Any]) -> Decimal:
        now: Decimal = LineState.objects.get(line=data["line"]).assigned_limit
        limit: Decimal = data["limit"]
        return max(limit - now, Decimal(0))

    def perform(self, doing: Doing) -> None:
        operations.change_limit(
            line=doing.data["line"], amount=doing.data["limit"], on=doing.on, by=doing.by,
            reason=doing.reason,
        )  # fmt: skip


class DisputeForm(BillForm):
    amount = amount_field(_("Amount disputed"))


class FileDispute(Act):
    code = "file_dispute"
    label = _("Open a dispute")
    says = _("The customer contests a bill: the amount is not claimed until it is decided.")
    form = DisputeForm

    def perform(self, doing: Doing) -> None:
        row = doing.data["bill"]
        operations.file_dispute(
            line=row.line, bill_number=row.bill.number, amount=doing.data["amount"], on=doing.on,
            by=doing.by, reason=doing.reason,
        )  # fmt: skip


class VerdictForm(ActForm):
    dispute = forms.ChoiceField(label=_("Dispute"))
    outcome = forms.ChoiceField(label=_("Decided for"), choices=Outcome.choices)

    def offer(self) -> None:
        rows = Dispute.objects.filter(customer=self.customer, outcome=None).select_related("bill")
        self.disputes = {str(row.pk): row for row in rows}
        self.choose(
            "dispute",
            [
                (pk, f"{row.bill.number} · {row.filed_on} · {money(row.amount)}")
                for pk, row in self.disputes.items()
            ],
        )

    def clean_dispute(self) -> Dispute:
        return self.disputes[self.cleaned_data["dispute"]]


class DecideDispute(Act):
    code = "decide_dispute"
    label = _("Decide a dispute")
    says = _("For the customer it was never owed; for the lender it is billed again.")
    form = VerdictForm

    def amount(self, customer: Customer, data: Mapping[str, Any]) -> Decimal:
        amount: Decimal = data["dispute"].amount
        return amount if data["outcome"] == Outcome.CUSTOMER else Decimal(0)

    def perform(self, doing: Doing) -> None:
        row = doing.data["dispute"]
        operations.decide_dispute(
            line=row.bill.line, bill_number=row.bill.number, outcome=doing.data["outcome"],
            on=doing.on, by=doing.by, reason=doing.reason,
        )  # fmt: skip


def open_bills(customer: Customer) -> Iterable[OpenBill]:
    """The bills that owe something, oldest due date first."""
    return OpenBill.objects.filter(customer=customer).select_related("bill", "line").order_by(
        "due_on", "pk"
    )  # fmt: skip


def describe(row: OpenBill) -> str:
    """A bill within a list to choose from."""
    return f"{row.bill.number} · {row.due_on} · {money(_owed(row))}"


def _owed(row: OpenBill) -> Decimal:
    owed: Decimal = row.principal + row.interest + row.fee
    return owed


def _number(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:12].upper()}"


def announce() -> None:
    """Make the acts of this room known, in the order the desk shows them."""
    register(
        BookRepayment, ReverseRepayment, WaiveFees, AgreePlan, ChangeLimit, FileDispute,
        DecideDispute,
    )  # fmt: skip
