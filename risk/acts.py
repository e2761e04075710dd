"""What staff do to a customer's credit status; each is an operation of this room with a form."""

import datetime
import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.acts import Act, ActForm, Doing, Filled, ReasonForm, register
from billing.acts import LineForm
from billing.choices import Product
from billing.models import CreditLine
from risk import operations
from risk.choices import DecisionKind, Effect, Trigger
from risk.models import Alert, Decision, Episode, EpisodeBill, Restriction

#: The longest time a rule may be switched off for one customer.
MOST_DAYS = 366


class IncomeForm(ActForm):
    number = forms.CharField(label=_("Reference of the proof"), max_length=80, required=False)


class VerifyIncome(Act):
    code = "verify_income"
    label = _("Record verified income")
    says = _("Proof of income was seen: the score gains the points of the policy.")
    form = IncomeForm

    def perform(self, doing: Doing) -> None:
        operations.verify_income(
            customer=doing.customer, number=doing.data["number"] or _number("INC"), on=doing.on,
            by=doing.by, reason=doing.reason,
        )  # fmt: skip


class RestrictForm(LineForm):
    effect = forms.ChoiceField(label=_("Effect"), choices=Effect.choices)
    percent = forms.IntegerField(
        label=_("Percent of the limit that stays"),
        min_value=0,
        max_value=99,
        required=False,
        help_text=_("Only to reduce it."),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("effect") == Effect.REDUCE and data.get("percent") is None:
            self.add_error("percent", _("To reduce a limit, say how much of it stays."))
        return data


class RestrictLine(Act):
    code = "restrict_line"
    notifies = False
    label = _("Restrict a line")
    says = _("By hand, until it is lifted by hand.")
    form = RestrictForm

    def perform(self, doing: Doing) -> None:
        reduce = doing.data["effect"] == Effect.REDUCE
        operations.restrict_line(
            line=doing.data["line"], number=_number("M"), effect=doing.data["effect"],
            factor=Decimal(doing.data["percent"]) / 100 if reduce else None, on=doing.on,
            by=doing.by, reason=doing.reason,
        )  # fmt: skip


class LiftForm(ActForm):
    restriction = forms.ChoiceField(label=_("Restriction"))

    def offer(self) -> None:
        lifted = Decision.objects.filter(customer=self.customer, kind=DecisionKind.LIFT)
        rows = (
            Decision.objects.filter(customer=self.customer, kind=DecisionKind.RESTRICT)
            .exclude(number__in=lifted.values("number"))
            .select_related("line")
            .order_by("-value_on", "-pk")
        )
        self.choose(
            "restriction",
            [
                (row.number or "", f"{row.value_on} · {_product(row.line)} · {row.reason[:60]}")
                for row in rows
            ],
        )


class LiftRestriction(Act):
    code = "lift_restriction"
    notifies = False
    label = _("Lift a restriction set by hand")
    says = _("At once; what rules restrict stays restricted.")
    form = LiftForm

    def perform(self, doing: Doing) -> None:
        operations.lift_restriction(
            customer=doing.customer, number=doing.data["restriction"], on=doing.on, by=doing.by,
            reason=doing.reason,
        )  # fmt: skip


class ExemptForm(ActForm):
    restriction = forms.ChoiceField(label=_("Restriction"))
    days = forms.IntegerField(label=_("For how many days"), min_value=1, max_value=MOST_DAYS)

    def offer(self) -> None:
        rows = (
            Restriction.objects.filter(customer=self.customer, until_on=None, reversed_on=None)
            .exclude(trigger=Trigger.MANUAL)
            .select_related("line")
            .order_by("line__product", "code")
        )
        self.standing = {f"{row.line_id}:{row.code}": row for row in rows}
        self.choose(
            "restriction",
            [
                (
                    key,
                    f"{_product(row.line)} · {Trigger(row.trigger).label} ({row.code})",
                )
                for key, row in self.standing.items()
            ],
        )

    def clean_restriction(self) -> Restriction:
        return self.standing[self.cleaned_data["restriction"]]


class ExemptManyForm(ReasonForm):
    trigger = forms.ChoiceField(
        label=_("Restrictions because of"),
        choices=[choice for choice in Trigger.choices if choice[0] != Trigger.MANUAL],
    )
    days = forms.IntegerField(label=_("For how many days"), min_value=1, max_value=MOST_DAYS)


class Exempt(Act):
    bulk = True
    bulk_form = ExemptManyForm
    code = "exempt"
    label = _("Exempt from a rule")
    says = _("One rule does not restrict one line for a time, although its cause stands.")
    form = ExemptForm

    def perform(self, doing: Doing) -> None:
        row: Restriction = doing.data["restriction"]
        operations.exempt(
            line=row.line, code=row.code, on=doing.on, by=doing.by, reason=doing.reason,
            until_on=doing.on + datetime.timedelta(days=doing.data["days"]),
        )  # fmt: skip

    def fill(self, customers: Sequence[int], data: Mapping[str, Any]) -> Iterable[Filled]:
        rows = Restriction.objects.filter(
            customer__in=customers, until_on=None, reversed_on=None, trigger=data["trigger"]
        )
        touched = set()
        for row in rows.select_related("line").order_by("pk"):
            touched.add(row.customer_id)
            entered = {"restriction": f"{row.line_id}:{row.code}", "days": str(data["days"])}
            yield Filled(row.customer_id, entered, on=f"{_product(row.line)} ({row.code})")
        for customer in customers:
            if customer not in touched:
                yield Filled(customer, skip=str(_("no such restriction is in force")))


class AlertForm(ActForm):
    alert = forms.ChoiceField(label=_("Alert"))

    def offer(self) -> None:
        rows = Alert.objects.filter(customer=self.customer, closed_on=None, reversed_on=None)
        self.choose(
            "alert",
            [
                (row.code, f"{row.code} · {row.opened_on} · \N{MINUS SIGN}{row.points_lost}")
                for row in rows
            ],
        )


class CloseAlert(Act):
    bulk = True
    code = "close_alert"
    label = _("Close an alert")
    says = _("It was looked into; only points lost from tomorrow on count towards a new one.")
    form = AlertForm

    def perform(self, doing: Doing) -> None:
        operations.close_alert(
            customer=doing.customer, code=doing.data["alert"], on=doing.on, by=doing.by,
            reason=doing.reason,
        )  # fmt: skip

    def fill(self, customers: Sequence[int], data: Mapping[str, Any]) -> Iterable[Filled]:
        rows = Alert.objects.filter(customer__in=customers, closed_on=None, reversed_on=None)
        touched = set()
        for row in rows.order_by("pk"):
            touched.add(row.customer_id)
            yield Filled(row.customer_id, {"alert": row.code}, on=row.code)
        for customer in customers:
            if customer not in touched:
                yield Filled(customer, skip=str(_("no alert is open")))


class ForgiveForm(ActForm):
    episode = forms.ChoiceField(label=_("Delinquency episode"))

    def offer(self) -> None:
        rows = Episode.objects.filter(customer=self.customer, reversed_on=None).order_by(
            "-opened_on", "-pk"
        )
        bills = dict(
            EpisodeBill.objects.filter(customer=self.customer)
            .order_by("-bill__due_on")
            .values_list("episode_id", "bill__number")
        )
        self.choose(
            "episode",
            [
                (bills[row.pk], f"{row.opened_on} · {row.get_severity_display()} · {bills[row.pk]}")
                for row in rows
                if row.pk in bills
            ],
        )


class ForgiveEpisode(Act):
    code = "forgive_episode"
    label = _("Forgive an episode")
    says = _("The points it took are given back; that it happened stays on record.")
    form = ForgiveForm

    def perform(self, doing: Doing) -> None:
        operations.forgive_episode(
            customer=doing.customer, bill_number=doing.data["episode"], on=doing.on, by=doing.by,
            reason=doing.reason,
        )  # fmt: skip


def _product(line: CreditLine | None) -> str:
    return str(Product(line.product).label) if line else ""


def _number(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:12].upper()}"


def announce() -> None:
    """Make the acts of this room known, in the order the desk shows them."""
    from risk import settling  # which builds on the forecast

    register(settling.SettleEarly)
    register(VerifyIncome, RestrictLine, LiftRestriction, Exempt, CloseAlert, ForgiveEpisode)
