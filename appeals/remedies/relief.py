"""Remedies for the time to come: another due day, no interest for a while."""

import datetime
from decimal import Decimal
from typing import Annotated, Literal

from django import forms
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from accounts.acts import Refused
from accounts.desk.formats import money, words_date
from appeals.remedies.base import Amount, Case, Day, ProductCode, Remedy, RemedyForm, named
from billing import operations
from billing.choices import Product
from billing.models import Charge, CreditLine, ProductTerms

#: The longest freeze of interest.
MOST_DAYS = 366


class ChangedDueDay(Remedy):
    """Bills of a pay-later line are due on another day of the month, from the next bill on."""

    label = gettext_lazy("Change the due day")
    rank = 60

    kind: Literal["changed_due_day"] = "changed_due_day"
    product: ProductCode
    day: Annotated[int, Field(ge=1, le=31)]

    @property
    def subject(self) -> tuple[str, ...]:
        return (self.kind, self.product)

    def says(self) -> list[str]:
        return [
            _("From the next bill on, %(product)s is due on day %(day)s of the month.")
            % {"product": named(self.product), "day": self.day}
        ]

    def check(self, case: Case) -> None:
        if self.product != Product.PAY_LATER:
            raise Refused(_("%(product)s has no due day of its own") % {
                "product": named(self.product)})  # fmt: skip
        case.line(self.product)

    def perform(self, case: Case) -> None:
        operations.change_due_day(
            line=case.line(self.product), day=self.day, on=case.on, by=case.by, reason=case.words
        )


class InterestFreeze(Remedy):
    """Instalments billed until a date bear no interest; `interest` is what that comes to."""

    label = gettext_lazy("Freeze interest")
    rank = 70

    kind: Literal["interest_freeze"] = "interest_freeze"
    product: ProductCode
    until_on: Day
    fees: bool = False
    interest: Amount

    @property
    def cost(self) -> Decimal:
        return self.interest

    @property
    def subject(self) -> tuple[str, ...]:
        return (self.kind, self.product)

    def says(self) -> list[str]:
        words = {
            "product": named(self.product),
            "until": words_date(self.until_on),
            "interest": money(self.interest),
        }
        said = [
            _("Instalments of %(product)s that are billed before %(until)s bear no interest: "
              "%(interest)s are not charged.") % words
        ]  # fmt: skip
        if self.fees:
            said.append(_("Until then no late fees are charged on it either.") % words)
        return said

    def check(self, case: Case) -> None:
        if not case.on < self.until_on <= case.on + datetime.timedelta(days=MOST_DAYS):
            raise Refused(
                _("%(until)s is not within %(n)s days after %(on)s")
                % {"until": words_date(self.until_on), "n": MOST_DAYS, "on": words_date(case.on)}
            )
        now = interest_until(case.line(self.product), case.on, self.until_on)
        if now != self.interest:
            raise Refused(
                _("the interest until %(until)s comes to %(now)s, not to %(then)s")
                % {"until": words_date(self.until_on), "now": money(now),
                   "then": money(self.interest)}
            )  # fmt: skip

    def perform(self, case: Case) -> None:
        operations.place_hold(
            line=case.line(self.product), number=f"{case.name}/FREEZE", fees=self.fees,
            milestones=False, interest=True, until_on=self.until_on, on=case.on, by=case.by,
            reason=case.words,
        )  # fmt: skip


def interest_until(line: CreditLine, on: datetime.date, until: datetime.date) -> Decimal:
    """The interest of the instalments that are billed after `on` and before `until`."""
    terms = (
        ProductTerms.objects.filter(product=line.product, effective_from__lte=on)
        .order_by("-effective_from")
        .first()
    )
    lead = int(terms.document.get("billing_lead_days", 0)) if terms else 0
    total: Decimal | None = Charge.objects.filter(
        line=line, bill=None, due_on__lt=until + datetime.timedelta(days=lead)
    ).aggregate(total=Sum("interest"))["total"]
    return total or Decimal("0.00")


class DueDayForm(RemedyForm):
    kind = ChangedDueDay
    for_customers = True

    day = forms.IntegerField(
        label=gettext_lazy("Day of the month"),
        min_value=1,
        max_value=31,
        help_text=gettext_lazy("In a month that has no such day, its last."),
    )

    def remedy(self, case: Case) -> ChangedDueDay:
        return ChangedDueDay(product=Product.PAY_LATER, day=self.cleaned_data["day"])


class FreezeForm(RemedyForm):
    kind = InterestFreeze
    for_customers = True

    until_on = forms.DateField(label=gettext_lazy("No interest until"))
    fees = forms.BooleanField(label=gettext_lazy("No late fees either"), required=False)

    def remedy(self, case: Case) -> InterestFreeze:
        until = self.cleaned_data["until_on"]
        line = case.line(Product.CASH_LOAN)
        return InterestFreeze(
            product=Product.CASH_LOAN, until_on=until, fees=self.cleaned_data["fees"],
            interest=interest_until(line, case.on, until),
        )  # fmt: skip
