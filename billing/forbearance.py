"""What staff do to give a customer time: hold a cause, release it, move the due day."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from accounts.acts import Act, ActForm, Doing, register
from accounts.desk.formats import money, words_date
from accounts.models import Customer
from billing import operations
from billing.acts import LineForm, new_number, open_bills
from billing.choices import Held, Product
from billing.models import Charge, CreditLine, Hold, OpenBill
from billing.queries import standing_holds


class HoldForm(LineForm):
    holds = forms.MultipleChoiceField(
        label=_("What is held"),
        choices=Held.choices,
        initial=[Held.FEES, Held.MILESTONES],
        help_text=_("Interest of a cash loan only."),
    )
    bills = forms.MultipleChoiceField(
        label=_("Bills"),
        required=False,
        help_text=_("Of this line; the whole line, with bills to come, if none is chosen."),
    )
    until_on = forms.DateField(
        label=_("Until"),
        required=False,
        help_text=_("The first day that is no longer held; until it is released if left empty."),
    )

    def offer(self) -> None:
        super().offer()
        self.rows = {row.bill.number: row for row in open_bills(self.customer)}
        self.choose("bills", [(number, _of_line(row)) for number, row in self.rows.items()])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        line: CreditLine | None = data.get("line")
        others = [n for n in data.get("bills", ()) if line and self.rows[n].line_id != line.pk]
        if others:
            self.add_error("bills", _("%(bill)s is of another line") % {"bill": others[0]})
        interest = Held.INTEREST in data.get("holds", ())
        if line and interest and line.product != Product.CASH_LOAN:
            self.add_error("holds", _("This line bears no interest."))
        return data


class PlaceHold(Act):
    code = "place_hold"
    label = _("Place a hold")
    says = _("Late fees, points or interest stand still for a time; nothing is undone, and nothing "
             "made up for afterwards.")  # fmt: skip
    form = HoldForm

    def amount(self, customer: Customer, data: Mapping[str, Any]) -> Decimal:
        """The interest that could be forgone at most; a hold of fees or points grants no money."""
        if Held.INTEREST not in data["holds"]:
            return Decimal(0)
        left = Charge.objects.filter(customer=customer, line=data["line"], bill=None, n__gt=0)
        interest: Decimal | None = left.aggregate(sum=Sum("interest"))["sum"]
        return interest or Decimal(0)

    def perform(self, doing: Doing) -> None:
        holds = doing.data["holds"]
        operations.place_hold(
            line=doing.data["line"], number=new_number("HOLD"), fees=Held.FEES in holds,
            milestones=Held.MILESTONES in holds, interest=Held.INTEREST in holds,
            bill_numbers=doing.data["bills"] or None, until_on=doing.data["until_on"],
            on=doing.on, by=doing.by, reason=doing.reason,
        )  # fmt: skip


class ReleaseForm(ActForm):
    hold = forms.ChoiceField(label=_("Hold"))

    def offer(self) -> None:
        self.holds = {str(row.pk): row for row in standing_holds(self.customer.pk)}
        self.choose("hold", [(pk, describe_hold(row)) for pk, row in self.holds.items()])

    def clean_hold(self) -> Hold:
        return self.holds[self.cleaned_data["hold"]]


class ReleaseHold(Act):
    code = "release_hold"
    label = _("Release a hold")
    says = _(
        "From today on fees and days count again; the days that were held stay aside for good."
    )
    form = ReleaseForm

    def perform(self, doing: Doing) -> None:
        hold: Hold = doing.data["hold"]
        operations.release_hold(
            line=hold.line, number=hold.number, on=doing.on, by=doing.by, reason=doing.reason
        )


class DueDayForm(LineForm):
    day = forms.IntegerField(
        label=_("Day of the month"),
        min_value=1,
        max_value=28,
        help_text=_("For bills to come; none is due sooner than the terms say."),
    )

    def offer(self) -> None:
        lines = CreditLine.objects.filter(customer=self.customer, product=Product.PAY_LATER)
        self.lines = {str(line.pk): line for line in lines}
        self.choose("line", [(pk, Product(row.product).label) for pk, row in self.lines.items()])


class ChangeDueDay(Act):
    code = "change_due_day"
    label = _("Change the due day")
    says = _("Bills to come are due on a day that suits the customer; once in 12 months, and not "
             "while a bill is overdue.")  # fmt: skip
    form = DueDayForm

    def perform(self, doing: Doing) -> None:
        operations.change_due_day(
            line=doing.data["line"], day=doing.data["day"], on=doing.on, by=doing.by,
            reason=doing.reason,
        )  # fmt: skip


def describe_hold(hold: Hold) -> str:
    """A hold within a list to choose from."""
    return f"{hold.number} · {words_date(hold.started_on)} · {hold.what}"


def _of_line(row: OpenBill) -> str:
    owed = money(row.principal + row.interest + row.fee)
    return f"{row.bill.number} · {Product(row.product).label} · {row.due_on} · {owed}"


def announce() -> None:
    """Make these acts known, after those of money."""
    register(PlaceHold, ReleaseHold, ChangeDueDay)
