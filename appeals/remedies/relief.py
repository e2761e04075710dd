"""Remedies for the time to come: another due day, no interest for a while."""

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from django import forms
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from accounts.acts import Refused
from accounts.desk.formats import money, words_date
from appeals.remedies.base import Amount, Case, Day, ProductCode, Remedy, RemedyForm, named
from billing import operations
from billing.choices import Product
from billing.models import CreditLine

#: The longest freeze of interest.
MOST_DAYS = 366

_SAVED = Path(__file__).resolve().parent.parent / "sql" / "interest_saved.sql"


class ChangedDueDay(Remedy):
    """Bills of a pay-later line are due on another day of the month, from the next bill on."""

    label = gettext_lazy("Change the due day")
    rank = 60

    kind: Literal["changed_due_day"] = "changed_due_day"
    product: ProductCode
    day: Annotated[int, Field(ge=1, le=28)]

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
    """A loan bears no interest until a date; `interest` is what that comes to."""

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
            _("Until %(until)s %(product)s bears no interest: %(interest)s are not charged.")
            % words
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
        now = interest_saved(case.line(self.product), case.on, self.until_on)
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


def interest_saved(line: CreditLine, on: datetime.date, until: datetime.date) -> Decimal:
    """What a freeze from `on` until the day before `until` takes off the instalments to come."""
    figures: dict[str, Any] = {
        "line": line.pk,
        "customer": line.customer_id,
        "on": on,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SAVED.read_text(encoding="utf-8"), figures)
        saved: Decimal = cursor.fetchone()[0]
    return saved


class DueDayForm(RemedyForm):
    kind = ChangedDueDay
    for_customers = True

    day = forms.IntegerField(
        label=gettext_lazy("Day of the month"),
        min_value=1,
        max_value=28,
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
            interest=interest_saved(line, case.on, until),
        )  # fmt: skip
