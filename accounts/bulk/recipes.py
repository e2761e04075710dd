"""What can be done on many at once."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts import acts, authority, operations
from accounts.acts import Act, Refused
from accounts.authority import Look, NotAllowed
from accounts.bulk.models import BulkRun, BulkTarget, TargetState
from accounts.models import ActRequest, Customer, StaffAct, User

CUSTOMERS, ITEMS = "customers", "items"
BULK = "accounts.bulk_acts"
ASK, SKIP = "ask", "skip"


@dataclass(frozen=True)
class Candidate:
    """One act that a run would do, or with `skip` why it would not."""

    customer_id: int
    subject_id: int
    fill: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""
    amount: Decimal = Decimal(0)
    alone: bool = True
    skip: str = ""


@dataclass(frozen=True)
class Result:
    """What came of one act."""

    state: TargetState
    reason: str = ""
    act: StaffAct | None = None
    request: ActRequest | None = None


@dataclass(frozen=True)
class Sample:
    """What one customer would be told, in their language."""

    customer: Customer
    language: str
    language_name: str
    subject: str
    body: str


class Recipe:
    """One thing that can be done on many; `of` is what they are.

    `asks` says that what is above somebody's authority can become a request for approval;
    `grouped`, that the words of its targets are few, so that a preview counts them.
    """

    code: str
    label: str | Promise
    says: str | Promise
    of: str = CUSTOMERS
    permissions: tuple[str, ...] = ()
    form: type[forms.Form]
    asks: bool = False
    grouped: bool = False

    def candidates(
        self, chosen: Sequence[int], data: Mapping[str, Any], *, by: User, on: datetime.date
    ) -> Iterable[Candidate]:
        """What would be done on the chosen, in a constant number of queries."""
        raise NotImplementedError

    def carry_out(
        self, target: BulkTarget, run: BulkRun, *, by: User, on: datetime.date, look: Look
    ) -> Result:
        """Do one, within the caller's transaction; raises acts.Refused."""
        raise NotImplementedError

    def samples(self, run: BulkRun) -> list[Sample]:
        """What some of its customers would be told, for the preview of a run that tells them."""
        return []


class ActRecipe(Recipe):
    """An Act of accounts/acts.py, its form filled for each customer."""

    permissions = ("accounts.perform_acts", BULK)
    asks = True

    def __init__(self, act: Act) -> None:
        self.act = act
        self.code, self.label, self.says = act.code, act.label, act.says
        self.form = act.bulk_form

    def candidates(
        self, chosen: Sequence[int], data: Mapping[str, Any], *, by: User, on: datetime.date
    ) -> Iterable[Candidate]:
        rows = list(self.act.fill(chosen, data))
        wanted = [row for row in rows if not row.skip]
        alone = iter(authority.alone_in_many(by, self.act, wanted, on))
        for row in rows:
            yield Candidate(
                customer_id=row.customer_id,
                subject_id=row.customer_id,
                fill=row.data,
                words=row.on,
                amount=row.amount,
                alone=True if row.skip else next(alone),
                skip=row.skip,
            )

    def carry_out(
        self, target: BulkTarget, run: BulkRun, *, by: User, on: datetime.date, look: Look
    ) -> Result:
        customer = Customer.objects.get(pk=target.customer_id)
        operations.lock(customer.pk)
        reason = {name: run.data.get(name, "") for name in ("reason", "words")}
        entered = authority.as_entered({**target.fill, **reason})
        form = self.act.form(entered, customer=customer)
        if not form.is_valid():
            raise Refused(authority.wrong(form))
        given: dict[str, Any] = {
            "by": by, "on": on, "look": look, "token": target.token,
            "seen": authority.fingerprint(look(customer.pk)),
        }  # fmt: skip
        try:
            done = authority.carry_out(self.act, form, **given)
        except NotAllowed as above:
            if run.above == SKIP:
                raise Refused(_("above your authority")) from above
            return Result(TargetState.ASKED, request=authority.ask(self.act, form, **given))
        return Result(TargetState.DONE, act=done)


_recipes: dict[str, Recipe] = {}


def register(*recipes: type[Recipe]) -> None:
    for recipe in recipes:
        _recipes[recipe.code] = recipe()


def find(code: str) -> Recipe | None:
    if code in _recipes:
        return _recipes[code]
    act = acts.find(code)
    return ActRecipe(act) if act is not None and act.bulk else None


def offered(of: str, user: User) -> list[Recipe]:
    """What somebody may do on many of these; on items also what can be done on customers."""
    every = [*_recipes.values(), *(ActRecipe(act) for act in acts.all_acts() if act.bulk)]
    kinds = (ITEMS, CUSTOMERS) if of == ITEMS else (CUSTOMERS,)
    return [r for r in every if r.of in kinds and user.has_perms(r.permissions)]
