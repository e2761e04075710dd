"""Acts of staff on a customer: what each asks for, what it weighs, and what it does.

Rooms above register theirs (`billing/acts.py`, `risk/acts.py`); `accounts/authority.py` decides
who may do one alone, and `risk/desk/acts.py` shows them. An act is written once: the preview, the
act done alone and the act done upon approval run the same `perform`.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.db.models import Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold import widgets

from accounts.models import ActRequest, Customer, StaffAct, User
from accounts.staff_acts import Reason

Raw = Mapping[str, Any]
"""What somebody entered, field by field, as text: it is kept with a request and read again."""

_WIDGETS: dict[type[forms.Field], Any] = {
    forms.CharField: widgets.UnfoldAdminTextInputWidget,
    forms.DecimalField: widgets.UnfoldAdminDecimalFieldWidget,
    forms.IntegerField: widgets.UnfoldAdminIntegerFieldWidget,
    forms.ChoiceField: widgets.UnfoldAdminSelectWidget,
}


class Refused(Exception):
    """An act cannot be done; the message says which value and why."""


class ActForm(forms.Form):
    """What every act asks for: a reason from the list, and words. Subclasses add their fields."""

    reason = forms.ChoiceField(label=_("Reason"), choices=[("", _("Choose one")), *Reason.choices])
    words = forms.CharField(
        label=_("In your words"),
        min_length=5,
        max_length=1000,
        help_text=_("Kept with the act; the customer may be shown it."),
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        self.order_fields([name for name in self.fields if name not in _LAST] + list(_LAST))
        self.offer()
        for name, field in self.fields.items():
            widget = _WIDGETS.get(type(field))
            if name == "words":
                field.widget = widgets.UnfoldAdminTextareaWidget(attrs={"rows": 3})
            elif isinstance(field, forms.DateField):
                field.widget = widgets.UnfoldAdminTextInputWidget(attrs={"type": "date"})
            elif isinstance(field, forms.MultipleChoiceField):
                field.widget = forms.CheckboxSelectMultiple(choices=_listed(field))
            elif widget is not None and isinstance(field, forms.ChoiceField):
                field.widget = widget(choices=field.choices)
            elif widget is not None:
                field.widget = widget()
            field.widget.is_required = field.required

    def offer(self) -> None:
        """Fill the choices that depend on the customer."""

    def choose(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """Let a field choose from these: what is entered, and what is shown of it."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    def raw(self) -> dict[str, Any]:
        """What was entered, as JSON keeps it."""
        entered: dict[str, Any] = {}
        for name, field in self.fields.items():
            value = field.widget.value_from_datadict(self.data, self.files, name)
            if value is not None:
                entered[name] = value
        return entered


def _listed(field: forms.ChoiceField) -> list[tuple[str, Any]]:
    choices: Any = field.choices
    return list(choices)


_LAST = ("reason", "words")


@dataclass(frozen=True)
class Doing:
    """One act being done: `on` is its business date, `by` who answers for it."""

    customer: Customer
    data: Mapping[str, Any]
    by: User
    on: datetime.date

    @property
    def reason(self) -> str:
        return str(self.data["words"])


class Act:
    """One kind of act; registered once, by its code."""

    code: ClassVar[str]
    label: ClassVar[str | Promise]
    says: ClassVar[str | Promise]
    form: ClassVar[type[ActForm]]
    #: Whether a customer's page offers it; others begin elsewhere, and are decided like any act.
    on_desk: ClassVar[bool] = True
    #: Whether the customer is sent a notice of the act; not where what it changes is told anyway.
    tells: ClassVar[bool] = True

    def amount(self, customer: Customer, data: Mapping[str, Any]) -> Decimal:
        """What counts against the authority limits; 0 for an act that grants no money."""
        return Decimal(0)

    def perform(self, doing: Doing) -> None:
        """Do it, within the caller's transaction; raises Refused."""
        raise NotImplementedError

    def rehearse(self, doing: Doing) -> None:
        """Do, to be taken back, what a preview shows; raises Refused."""
        self.perform(doing)

    def granted(self, customer: Customer, after: datetime.date) -> Decimal:
        """What it granted the customer since a day; it counts with a new one against the limits."""
        done = StaffAct.objects.filter(customer=customer, act=self.code, done_on__gt=after)
        total: Decimal | None = done.aggregate(total=Sum("amount"))["total"]
        return total or Decimal(0)

    def above(self, user: User, data: Mapping[str, Any], *, approving: bool) -> str:
        """What of it, beside the amount, is above the user's authority; empty if nothing is."""
        return ""

    def detail(self, customer: Customer, data: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """A template, with its context, that shows an approver what is asked; empty for none."""
        return "", {}

    def turned_down(self, request: ActRequest) -> None:
        """A request for it was rejected, withdrawn or expired, within that transaction."""


_acts: dict[str, Act] = {}


def register(*acts: type[Act]) -> None:
    for act in acts:
        _acts[act.code] = act()


def all_acts() -> list[Act]:
    """In the order of registration: money first."""
    return list(_acts.values())


def desk_acts() -> list[Act]:
    """Those that a customer's page offers."""
    return [act for act in all_acts() if act.on_desk]


def find(code: str) -> Act | None:
    return _acts.get(code)
