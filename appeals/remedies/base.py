"""What every remedy has: its figures, its words, a check against the book, and the act itself."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from accounts.acts import Refused
from accounts.models import Customer, User
from billing.choices import Product
from billing.models import CreditLine
from billing.terms import Figures
from billing.terms import amount as exact_amount


def _day(value: object) -> datetime.date:
    """A date as written in JSON; datetimes and timestamps are none."""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    if isinstance(value, str) and len(value) == 10:
        return datetime.date.fromisoformat(value)
    raise ValueError("is no date")


def _product(value: str) -> str:
    if value not in Product.values:
        raise ValueError("is no product")
    return value


Amount = Annotated[Decimal, BeforeValidator(exact_amount), PlainSerializer(str)]
Day = Annotated[datetime.date, BeforeValidator(_day)]
ProductCode = Annotated[str, AfterValidator(_product)]
Number = Annotated[str, Field(min_length=1, max_length=100)]
"""The number of a bill, or the code of a restriction."""


@dataclass(frozen=True)
class Case:
    """For whom, when and by whom remedies are checked or carried out.

    `as_of` is the business date whose state the figures were taken from: plans and waivers count
    from it. `on` is the date of booking, `name` begins the numbers of what is booked, so that the
    same package cannot be booked twice. `others` are the remedies beside it.
    """

    customer: Customer
    as_of: datetime.date
    on: datetime.date
    by: User | None
    name: str
    words: str
    others: Sequence["Remedy"] = field(default_factory=tuple)

    def line(self, product: str) -> CreditLine:
        """The customer's line of a product; Refused if there is none."""
        line = CreditLine.objects.filter(customer=self.customer, product=product).first()
        if line is None:
            raise Refused(_("the customer has no %(product)s") % {"product": named(product)})
        return line


class Remedy(Figures):
    """One thing that is granted. Subclasses carry `kind` as their first figure."""

    label: ClassVar[str | Promise]
    #: Remedies are carried out by rank, those of one rank in their order within the package.
    rank: ClassVar[int]

    @property
    def place(self) -> int:
        """Where it comes in the order of execution."""
        return self.rank

    @property
    def cost(self) -> Decimal:
        """What the lender gives up, exactly, in the currency's major unit."""
        return Decimal("0.00")

    @property
    def months(self) -> int:
        """For how many months the customer pays by it; 0 for all but plans."""
        return 0

    @property
    def subject(self) -> tuple[str, ...]:
        """What it is about: a package holds one remedy of a kind about the same thing."""
        raise NotImplementedError

    def says(self) -> list[str]:
        """In plain words, a sentence each, in the language that is active."""
        raise NotImplementedError

    def check(self, case: Case) -> None:
        """Whether it can be done in the state of this moment; raises Refused with the reason."""
        raise NotImplementedError

    def perform(self, case: Case) -> None:
        """Book it, within the caller's transaction; raises Refused."""
        raise NotImplementedError


class RemedyForm(forms.Form):
    """What is entered to get a remedy. The fields are of plain HTML; the desk dresses them."""

    kind: ClassVar[type[Remedy]]
    #: Whether a customer may ask for it in an offer of their own.
    for_customers: ClassVar[bool] = False

    def __init__(self, *args: Any, customer: Customer, as_of: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer, self.as_of = customer, as_of
        self.offer()

    def offer(self) -> None:
        """Fill the choices that depend on the customer."""

    def choose(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = list(choices)

    @property
    def title(self) -> str | Promise:
        """The name of the remedy."""
        return self.kind.label

    @property
    def possible(self) -> bool:
        """Whether there is anything that the remedy could be about."""
        return not any(
            isinstance(field, forms.ChoiceField) and field.required and not _listed(field)
            for field in self.fields.values()
        )

    def remedy(self, case: Case) -> Remedy:
        """What was entered, with all figures taken from the book; raises Refused."""
        raise NotImplementedError


def _listed(field: forms.ChoiceField) -> list[Any]:
    choices: Any = field.choices
    return list(choices)


def named(product: str) -> str:
    return str(Product(product).label)


def money_field(label: Any, **kwargs: Any) -> forms.DecimalField:
    """An amount of money, exact to the cent, at least one cent."""
    return forms.DecimalField(
        label=label, max_digits=14, decimal_places=2, min_value=Decimal("0.01"), **kwargs
    )
