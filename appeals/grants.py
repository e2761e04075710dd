"""What can be granted for a contested cause at once, without an offer: as remedies, with the
figures of the book. Anything else is negotiated (`appeals/offers`)."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.acts import Refused
from appeals.choices import Subject
from appeals.models import ContestedCause
from appeals.remedies.base import Case, Remedy
from appeals.remedies.by_hand import LiftedByHand
from appeals.remedies.corrections import UpheldDispute
from appeals.remedies.credit import ForgivenEpisode, LiftedRestriction
from appeals.remedies.owed import owed
from appeals.remedies.waivers import FeeWaiver
from billing.models import Bill, Entry, Fact
from risk.models import EpisodeBill, Restriction


@dataclass(frozen=True)
class Asked:
    """What was entered beside the choice; empty where the grant needs none of it."""

    until_on: datetime.date | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class Grant:
    """One thing that may be granted; `needs` names what has to be entered with it."""

    code: str
    label: str | Promise
    make: Callable[[ContestedCause, Asked, Case], list[Remedy]]
    needs: str = ""


def grantable(cause: ContestedCause) -> Sequence[Grant]:
    """What fits the cause, in the order in which the form offers it."""
    return [
        grant for grant in _GRANTS[cause.subject_kind] if cause.bills or grant.code not in _OF_BILLS
    ]


def granted(cause: ContestedCause, code: str, asked: Asked, case: Case) -> list[Remedy]:
    """The remedies of a choice. Raises Refused where the book leaves nothing to grant."""
    for grant in grantable(cause):
        if grant.code == code:
            if grant.needs == "until_on" and asked.until_on is None:
                raise Refused(_("Say until when it is lifted."))
            found = grant.make(cause, asked, case)
            if not found:
                raise Refused(_("%(what)s: there is nothing left of it.") % {"what": grant.label})
            return found
    raise Refused(_("That cannot be granted for this cause."))


def _lift(cause: ContestedCause, asked: Asked, case: Case) -> list[Remedy]:
    row = Restriction.objects.select_related("line").get(pk=cause.subject_id)
    assert asked.until_on is not None
    return [
        LiftedRestriction(
            product=row.line.product, code=row.code, trigger=row.trigger, until_on=asked.until_on
        )
    ]


def _lift_by_hand(cause: ContestedCause, asked: Asked, case: Case) -> list[Remedy]:
    assert cause.line is not None
    number = cause.code.removeprefix(_BY_HAND)
    return [LiftedByHand(product=cause.line.product, number=number)]


def _forgive(cause: ContestedCause, asked: Asked, case: Case) -> list[Remedy]:
    rows = EpisodeBill.objects.filter(
        customer=case.customer, bill__number__in=cause.bills, episode__reversed_on=None
    ).select_related("episode__line", "bill")
    episodes = {row.episode_id: row for row in rows.order_by("-bill__due_on", "pk")}
    return [
        ForgivenEpisode(
            product=row.episode.line.product,
            bill=row.bill.number,
            opened_on=row.episode.opened_on,
        )
        for row in episodes.values()
    ]


def _waive(cause: ContestedCause, asked: Asked, case: Case) -> list[Remedy]:
    outstanding = owed(case.customer.pk, case.as_of)
    return [
        FeeWaiver(product=row.product, bill=row.number, amount=row.fee)
        for number in cause.bills
        if (row := outstanding.get(number)) and row.fee > 0
    ]


def _waive_this(cause: ContestedCause, asked: Asked, case: Case) -> list[Remedy]:
    entry = Entry.objects.get(pk=cause.subject_id)
    outstanding = owed(case.customer.pk, case.as_of)
    rows = [outstanding[number] for number in cause.bills if number in outstanding]
    return [
        FeeWaiver(product=row.product, bill=row.number, amount=min(row.fee, entry.amount))
        for row in rows
        if row.fee > 0
    ]


def _correct(cause: ContestedCause, asked: Asked, case: Case) -> list[Remedy]:
    number = cause.bills[0]
    bill = Bill.objects.select_related("line").get(customer=case.customer, number=number)
    most = bill.principal
    if cause.subject_kind == Subject.TRANSACTION:
        amount = Fact.objects.values_list("amount", flat=True).get(pk=cause.subject_id)
        most = min(most, amount or most)
    return [UpheldDispute(product=bill.line.product, bill=number, amount=asked.amount or most)]


_LIFT = Grant("lift", gettext_lazy("Lift the restriction until a date"), _lift, "until_on")
_LIFT_BY_HAND = Grant("lift_by_hand", gettext_lazy("Lift the restriction"), _lift_by_hand)
_FORGIVE = Grant("forgive", gettext_lazy("Give the points of the episode back"), _forgive)
_WAIVE = Grant("waive", gettext_lazy("Waive the late fees that are outstanding"), _waive)
_WAIVE_THIS = Grant("waive_this", gettext_lazy("Waive this late fee"), _waive_this)
_CORRECT = Grant(
    "correct", gettext_lazy("Correct the bill from its first day: it was never owed"), _correct,
    "amount",
)  # fmt: skip
_BY_HAND = "manual:"
_OF_BILLS = ("forgive", "waive", "waive_this", "correct")
_GRANTS: Mapping[str, Sequence[Grant]] = {
    Subject.RESTRICTION: (_LIFT, _LIFT_BY_HAND, _FORGIVE, _WAIVE),
    Subject.EPISODE: (_FORGIVE, _WAIVE),
    Subject.FEE: (_WAIVE_THIS, _WAIVE),
    Subject.POINT: (_FORGIVE,),
    Subject.BILL: (_CORRECT, _WAIVE),
    Subject.TRANSACTION: (_CORRECT, _WAIVE),
}
