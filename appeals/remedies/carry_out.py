"""Carrying out a package: all of it in one transaction, or none of it."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import operations as accounts_operations
from accounts.acts import Refused
from accounts.models import Customer, User
from appeals.remedies.base import Case, Remedy
from appeals.remedies.package import Package


class NotCarriedOut(Refused):
    """One remedy could not be done, so none was; the message names it and says why."""

    def __init__(self, remedy: Remedy, why: Refused) -> None:
        self.remedy, self.why = remedy, str(why)
        super().__init__(_("%(remedy)s: %(why)s") % {"remedy": remedy.label, "why": why})


def carry_out(
    package: Package,
    *,
    customer: Customer,
    by: User | None,
    on: datetime.date,
    name: str,
    words: str,
) -> None:
    """Book every remedy in its order; each is checked against what those before it left.

    The engine assesses with each fact. `name` begins the numbers of what is booked: a second
    time with the same name is refused. Raises NotCarriedOut; then nothing was done.
    """
    case = Case(
        customer=customer, as_of=package.as_of, on=on, by=by, name=name, words=words,
        others=package.remedies,
    )  # fmt: skip
    with transaction.atomic():
        accounts_operations.lock(customer.pk)
        for remedy in package.in_order:
            try:
                remedy.check(case)
                remedy.perform(case)
            except Refused as why:
                raise NotCarriedOut(remedy, why) from why
