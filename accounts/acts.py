"""Acts of staff on a customer: what each asks for, what it weighs, and what it does.

Rooms above register theirs (`billing/acts.py`, `risk/acts.py`); `accounts/authority.py` decides
who may do one alone, and `risk/desk/acts.py` shows them. An act is written once: the preview, the
act done alone and the act done upon approval run the same `perform`.
"""

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold import widgets

from accounts.models import Customer, User
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


class ReasonForm(forms.Form):
    """What every act asks for: a reason from the list, and words. Subclasses add their fields."""

    reason = forms.ChoiceField(label=_("Reason"), choices=[("", _("Choose one")), *Reason.choices])
    words = forms.CharField(
        label=_("In your words"),
        min_length=5,
        max_length=1000,
        help_text=_("Kept with the act; the customer may be shown it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name not in _LAST] + list(_LAST))
        self.offer()
        dress(self)

    def offer(self) -> None:
        """Fill the choices that depend on what the form is about."""

    def raw(self) -> dict[str, Any]:
        """What was entered, as JSON keeps it."""
        entered: dict[str, Any] = {}
        for name, field in self.fields.items():
            value = field.widget.value_from_datadict(self.data, self.files, name)
            if value is not None:
                entered[name] = value
        return entered


def dress(form: forms.Form) -> None:
    """Give the fields of a form the desk's widgets."""
    for name, field in form.fields.items():
        widget = _WIDGETS.get(type(field))
        if name == "words":
            field.widget = widgets.UnfoldAdminTextareaWidget(attrs={"rows": 3})
        elif isinstance(field, forms.DateField):
            field.widget = widgets.UnfoldAdminTextInputWidget(attrs={"type": "date"})
        elif isinstance(field, forms.BooleanField):
            field.widget = widgets.UnfoldBooleanWidget()
        elif isinstance(field, forms.MultipleChoiceField):
            field.widget = forms.CheckboxSelectMultiple(choices=_listed(field))
        elif widget is not None and isinstance(field, forms.ChoiceField):
            field.widget = widget(choices=field.choices)
        elif widget is not None:
            field.widget = widget()
        field.widget.is_required = field.required


class ActForm(ReasonForm):
    """The form of an act on one customer."""

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        self.customer = customer
        super().__init__(*args, **kwargs)

    def choose(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """Let a field choose from these: what is entered, and what is shown of it."""
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = list(choices)


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


@dataclass(frozen=True)
class Schedule:
    """Dated amounts that an act agrees on, for its preview."""

    title: str | Promise
    rows: Sequence[tuple[datetime.date, Decimal]]

    @property
    def total(self) -> Decimal:
        return sum((amount for _day, amount in self.rows), Decimal(0))


@dataclass(frozen=True)
class Filled:
    """The form of an act filled in for one customer of many, or why it is not.

    `data` is what would be entered, beside reason and words; `on` says in words what the act would
    be done on. With `skip` the customer is left out.
    """

    customer_id: int
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    amount: Decimal = Decimal(0)
    on: str = ""
    skip: str = ""


class Act:
    """One kind of act; registered once, by its code.

    One that makes sense on many at once says `bulk = True`, asks in its `bulk_form` for what is the
    same for all, and fills its form for each in `fill`.
    """

    code: ClassVar[str]
    label: ClassVar[str | Promise]
    says: ClassVar[str | Promise]
    form: ClassVar[type[ActForm]]
    bulk: ClassVar[bool] = False
    bulk_form: ClassVar[type[ReasonForm]] = ReasonForm

    def fill(self, customers: Sequence[int], data: Mapping[str, Any]) -> Iterable[Filled]:
        """The form filled in for each customer, in a constant number of queries; a customer may
        come several times, and comes at least once."""
        raise NotImplementedError

    def amount(self, customer: Customer, data: Mapping[str, Any]) -> Decimal:
        """What counts against the authority limits; 0 for an act that grants no money."""
        return Decimal(0)

    def schedule(self, doing: Doing) -> Schedule | None:
        """The dated amounts it agrees on, if it does; raises Refused where `perform` would."""
        return None

    def tells(self, doing: Doing) -> list[str]:
        """What the figures of a preview do not say, in full sentences."""
        return []

    def perform(self, doing: Doing) -> None:
        """Do it, within the caller's transaction; raises Refused."""
        raise NotImplementedError


_acts: dict[str, Act] = {}


def register(*acts: type[Act]) -> None:
    for act in acts:
        _acts[act.code] = act()


def all_acts() -> list[Act]:
    """In the order of registration: money first."""
    return list(_acts.values())


def find(code: str) -> Act | None:
    return _acts.get(code)
