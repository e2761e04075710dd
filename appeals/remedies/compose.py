"""From what was entered to a package with every figure in it."""

import datetime
from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import operations as accounts_operations
from accounts.acts import Refused
from accounts.models import Customer, User
from appeals.remedies.base import Case, Remedy, RemedyForm
from appeals.remedies.package import NoPackage, Package


class NotComposed(Refused):
    """A remedy cannot be granted; `form` is where it was entered (None: the package as such)."""

    def __init__(self, form: RemedyForm | None, why: Exception) -> None:
        self.form = form
        super().__init__(
            _("%(remedy)s: %(why)s") % {"remedy": form.kind.label, "why": why} if form else str(why)
        )


def compose(
    forms: Sequence[RemedyForm], *, customer: Customer, by: User | None, on: datetime.date
) -> Package:
    """The package that valid forms ask for, with the figures of now. Raises NotComposed.

    A plan is over what corrections and waivers leave, so those are done first, and taken back.
    """
    made: dict[int, Remedy] = {}
    case = Case(customer, as_of=on, on=on, by=by, name="~", words="~")
    with transaction.atomic():
        accounts_operations.lock(customer.pk)
        for n in sorted(range(len(forms)), key=lambda n: forms[n].kind.rank):
            known = replace(case, others=tuple(made.values()))
            try:
                remedy = forms[n].remedy(known)
                if remedy.place < _PLAN:
                    remedy.check(known)
                    remedy.perform(known)
            except Refused as why:
                raise NotComposed(forms[n], why) from why
            made[n] = remedy
        transaction.set_rollback(True)
    try:
        return Package(on, tuple(made[n] for n in range(len(forms))))
    except NoPackage as why:
        raise NotComposed(None, why) from why


#: From here on a remedy changes nothing of what a plan has to bring in.
_PLAN = 40
