"""Granting a package as an act of staff: alone within one's authority, or with four eyes.

An offer that the customer has signed already (their own, taken up) is carried out by it; any other
is sent to the customer, and carried out with their acceptance.
"""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.acts import Act, ActForm, Doing, register
from accounts.models import ActRequest, Customer, User
from accounts.staff_acts import RequestStatus
from appeals import remedies
from appeals.offers import authority, case, executing, making, moves
from appeals.offers.choices import OfferState, Side, Step
from appeals.offers.models import Offer
from appeals.offers.moves import OfferRefused
from risk.desk import acts


class GrantForm(ActForm):
    number = forms.CharField(label=gettext_lazy("Offer"), max_length=40)

    def clean_number(self) -> Offer:
        number = self.cleaned_data["number"]
        found = (
            Offer.objects.filter(number=number, customer=self.customer, side=Side.STAFF)
            .select_related("appeal", "customer", "replies_to")
            .first()
        )
        if found is None:
            raise forms.ValidationError(_("There is no such offer."))
        return found


class GrantPackage(Act):
    code = authority.ACT
    label = gettext_lazy("Grant a package")
    says = gettext_lazy("Several remedies that hold together, offered in an appeal.")
    form = GrantForm
    on_desk = False

    def amount(self, customer: Customer, data: Mapping[str, Any]) -> Decimal:
        cost: Decimal = data["number"].cost
        return cost

    def granted(self, customer: Customer, after: datetime.date) -> Decimal:
        return authority.granted_since(customer, after)

    def above(self, user: User, data: Mapping[str, Any], *, approving: bool) -> str:
        return authority.above(user, data["number"], acts.book_date(), approving=approving) or (
            case.conflict(user, data["number"].appeal)
        )

    def rehearse(self, doing: Doing) -> None:
        offer: Offer = doing.data["number"]
        remedies.carry_out(
            offer.granted, customer=doing.customer, by=doing.by, on=doing.on, name="~", words="~"
        )

    def perform(self, doing: Doing) -> None:
        grant(
            moves.locked(doing.data["number"].pk), by=doing.by, on=doing.on, at=timezone.now(),
            words=doing.reason,
        )  # fmt: skip

    def detail(self, customer: Customer, data: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        from appeals.offers.panel import shown

        offer = (
            Offer.objects.filter(number=data.get("number"), customer=customer)
            .select_related("appeal", "made_by", "request")
            .first()
        )
        return ("admin/appeals/offers/asked.html", {"offer": shown(offer)}) if offer else ("", {})

    def turned_down(self, request: ActRequest) -> None:
        """The offer goes back to who drafted it."""
        for offer in Offer.objects.filter(request=request, state=OfferState.WAITING_APPROVAL):
            moves.move(
                moves.locked(offer.pk), Step.TURNED_DOWN, by=request.decided_by,
                at=request.decided_at or timezone.now(), words=request.decision_words,
            )  # fmt: skip
            case.turned_down(
                offer.appeal, by=request.decided_by, at=timezone.now(),
                own=request.status == RequestStatus.WITHDRAWN,
            )  # fmt: skip


def grant(offer: Offer, *, by: User, on: datetime.date, at: datetime.datetime, words: str) -> None:
    """An offer within somebody's authority: to the customer, or done if they have signed it."""
    if not offer.appeal.is_open:
        raise OfferRefused(_("the appeal has ended"))
    if offer.expires_on < on:
        raise OfferRefused(_("its last day has passed: draft it anew"))
    signed = signed_before(offer)
    if signed is None:
        remedies.rehearse(offer.granted, customer=offer.customer, by=by, on=on)
        making.clear_the_table(offer.appeal, Side.STAFF, by=by, at=at)
        moves.move(offer, Step.SENT, by=by, at=at, words=words)
        case.sent(offer, by=by, at=at)
        return
    executing.execute(offer, by=by, on=on, at=at)
    moves.move(moves.locked(signed.pk), Step.TAKEN_UP, by=by, at=at)
    case.settled(offer, by=by, at=at, on=on, why=words)


def signed_before(offer: Offer) -> Offer | None:
    """The customer's own open offer that this one takes up word by word; None if it does not."""
    theirs = offer.replies_to
    if theirs is None or theirs.package_hash != offer.package_hash:
        return None
    if theirs.side != Side.CUSTOMER or theirs.state != OfferState.OPEN:
        return None
    return theirs if theirs.signatures.exists() else None


def announce() -> None:
    register(GrantPackage)
