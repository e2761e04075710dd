"""What both sides do with offers. Each is one transaction; the customer's row is taken first.

`at` is an instant, `on` the business date. Common errors, all Refused: OfferRefused (the offer is
not in a state for it, expired, not theirs), NotCarriedOut (a remedy does not hold), and of
authority: Changed, NotAllowed.
"""

import datetime
import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import authority
from accounts import operations as accounts_operations
from accounts.acts import find
from accounts.models import ActRequest, StaffAct, User
from appeals.models import Appeal
from appeals.offers import case, executing, making, moves, sides
from appeals.offers.authority import ACT
from appeals.offers.choices import OfferState, Side, Step
from appeals.offers.models import Offer, Signature
from appeals.offers.moves import OfferRefused
from appeals.offers.sides import By
from appeals.offers.text import hash_of, text, text_of
from appeals.remedies import NotCarriedOut, Package
from appeals.remedies.kinds import FORMS
from risk.desk.acts import look

__all__ = [
    "NoLongerPossible",
    "OfferRefused",
    "accept",
    "decline",
    "draft",
    "make_offer",
    "propose",
    "send",
    "take_up",
    "withdraw",
]


class NoLongerPossible(OfferRefused):
    """It was accepted, but the account had changed: nothing was done, staff have it back."""


@transaction.atomic
def draft(
    *,
    appeal: Appeal,
    package: Package,
    words: str,
    expires_on: datetime.date,
    by: User,
    at: datetime.datetime,
    on: datetime.date,
    replies_to: Offer | None = None,
) -> Offer:
    """Staff put an offer together; a draft that was in work is superseded."""
    accounts_operations.lock(appeal.customer_id)
    case.require_open(appeal)
    case.require_no_conflict(by, appeal)
    if Offer.objects.filter(appeal=appeal, state=OfferState.WAITING_APPROVAL).exists():
        raise OfferRefused(_("an offer waits for approval: withdraw it before you draft another"))
    for old in Offer.objects.filter(appeal=appeal, state=OfferState.DRAFT):
        moves.move(moves.locked(old.pk), Step.SUPERSEDED, by=by, at=at)
    return making.make(
        appeal=appeal, side=Side.STAFF, package=package, words=words, expires_on=expires_on,
        by=by, at=at, on=on, replies_to=replies_to,
    )  # fmt: skip


@transaction.atomic
def make_offer(
    *,
    appeal: Appeal,
    package: Package,
    words: str,
    expires_on: datetime.date,
    replies_to: Offer | None,
    by: User,
    reason: str,
    why: str,
    seen: str,
    token: uuid.UUID,
    on: datetime.date,
    at: datetime.datetime,
) -> Offer:
    """Draft and send in one; the same token again gives the offer of the first time."""
    accounts_operations.lock(appeal.customer_id)
    known = sent_before(token, by)
    if known is not None:
        return known
    made = draft(
        appeal=appeal, package=package, words=words, expires_on=expires_on, by=by, at=at, on=on,
        replies_to=replies_to,
    )  # fmt: skip
    return send(made, by=by, reason=reason, words=why, seen=seen, token=token, on=on, at=at)


def sent_before(token: uuid.UUID, by: User) -> Offer | None:
    """The offer that a form of this token has sent already."""
    done = StaffAct.objects.filter(token=token, done_by=by).values_list("data", flat=True).first()
    asked = ActRequest.objects.filter(token=token, requested_by=by)
    data = done or asked.values_list("data", flat=True).first()
    return Offer.objects.filter(number=data["number"]).first() if data else None


def send(
    offer: Offer,
    *,
    by: User,
    reason: str,
    words: str,
    seen: str,
    token: uuid.UUID,
    on: datetime.date,
    at: datetime.datetime,
) -> Offer:
    """Grant it alone where the user's authority reaches, else ask for the approval of another.

    `seen` is the fingerprint of what was shown, `token` makes a form that is sent twice count once.
    """
    grant = find(ACT)
    assert grant is not None
    data = {"number": offer.number, "reason": reason, "words": words}
    form = grant.form(data, customer=offer.customer)
    if not form.is_valid():
        raise OfferRefused(_first_error(form))
    with transaction.atomic():
        accounts_operations.lock(offer.customer_id)
        offer = moves.locked(offer.pk)
        case.require_open(offer.appeal)
        case.require_no_conflict(by, offer.appeal)
        given: dict[str, Any] = {"by": by, "on": on, "look": look, "seen": seen, "token": token}
        alone = authority.may_alone(by, grant, offer.customer, offer.cost, on)
        if alone and not grant.above(by, {"number": offer}, approving=False):
            authority.carry_out(grant, form, **given)
        elif offer.state == OfferState.DRAFT:
            offer.request = authority.ask(grant, form, **given)
            moves.move(offer, Step.ASKED, by=by, at=at, words=words)
            case.asked(offer, by=by, at=at)
    return Offer.objects.get(pk=offer.pk)


def take_up(
    theirs: Offer,
    *,
    by: User,
    reason: str,
    words: str,
    seen: str,
    token: uuid.UUID,
    on: datetime.date,
    at: datetime.datetime,
) -> Offer:
    """Staff agree to a customer's offer, word by word: it is done once it is approved too."""
    with transaction.atomic():
        accounts_operations.lock(theirs.customer_id)
        theirs = moves.locked(theirs.pk)
        known = sent_before(token, by)
        if known is not None:
            return known
        if theirs.side != Side.CUSTOMER or theirs.state != OfferState.OPEN:
            raise OfferRefused(_("only an open offer of the customer can be taken up"))
        offer = draft(
            appeal=theirs.appeal, package=theirs.granted, words="", expires_on=theirs.expires_on,
            by=by, at=at, on=on, replies_to=theirs,
        )  # fmt: skip
        return send(offer, by=by, reason=reason, words=words, seen=seen, token=token, on=on, at=at)


def accept(
    offer: Offer,
    *,
    by: By,
    text_hash: str,
    language: str,
    address: str | None,
    at: datetime.datetime,
    on: datetime.date,
) -> Offer:
    """The customer signs the text of this hash, and the package is carried out at once.

    If the account has changed so that it cannot be, the offer goes back to staff and
    NoLongerPossible says what changed. Accepted twice, it is carried out once.
    """
    with transaction.atomic():
        accounts_operations.lock(offer.customer_id)
        offer = moves.locked(offer.pk)
        _require_theirs(offer, by)
        if offer.state == OfferState.ACCEPTED:
            return offer
        _require_acceptable(offer, on)
        _sign(offer, text_of(offer, language), by, text_hash, language, address, at)
        try:
            executing.execute(offer, by=by, on=on, at=at)
        except NotCarriedOut as error:
            why = str(error)
            moves.move(offer, Step.RETURNED, by=by, at=at, words=why)
            case.returned(offer, by=by, at=at)
        else:
            case.settled(offer, by=by, at=at, on=on, why=why_granted(offer))
            return offer
    raise NoLongerPossible(_("the account has changed since the offer: %(why)s") % {"why": why})


@transaction.atomic
def propose(
    *,
    appeal: Appeal,
    package: Package,
    words: str,
    by: By,
    text_hash: str,
    language: str,
    address: str | None,
    at: datetime.datetime,
    on: datetime.date,
) -> Offer:
    """The customer's own offer, signed: it answers an open one of staff, or begins."""
    accounts_operations.lock(appeal.customer_id)
    if sides.customer_of(by) != appeal.customer_id:
        raise OfferRefused(_("it is somebody else's appeal"))
    case.require_open(appeal)
    for remedy in package.remedies:
        form = FORMS.get(remedy.document()["kind"])
        if form is None or not form.for_customers:
            raise OfferRefused(
                _("%(remedy)s: only staff can offer that") % {"remedy": remedy.label}
            )
    answered = Offer.objects.filter(
        appeal=appeal, state=OfferState.OPEN, side=Side.STAFF
    ).first()  # fmt: skip
    making.clear_the_table(appeal, Side.CUSTOMER, by=by, at=at)
    offer = making.make(
        appeal=appeal, side=Side.CUSTOMER, package=package, words=words,
        expires_on=making.last_day(package, on), by=by, at=at, on=on, replies_to=answered,
    )  # fmt: skip
    _sign(offer, text_of(offer, language), by, text_hash, language, address, at)
    case.proposed(offer, by=by, at=at)
    return offer


@transaction.atomic
def decline(offer: Offer, *, by: By, words: str, at: datetime.datetime) -> Offer:
    """The other side says no; who made it withdraws it instead."""
    accounts_operations.lock(offer.customer_id)
    offer = moves.locked(offer.pk)
    if offer.side == Side.STAFF:
        _require_theirs(offer, by)
    else:
        case.require_no_conflict(sides.staff(by), offer.appeal)
    moves.move(offer, Step.DECLINED, by=by, at=at, words=words)
    case.declined(offer, by=by, at=at, why=words)
    return offer


@transaction.atomic
def withdraw(offer: Offer, *, by: By, words: str, at: datetime.datetime) -> Offer:
    """Who made it takes it back; one that waits for approval by withdrawing the request first."""
    accounts_operations.lock(offer.customer_id)
    offer = moves.locked(offer.pk)
    if offer.side == Side.CUSTOMER:
        _require_theirs(offer, by)
    else:
        case.require_no_conflict(sides.staff(by), offer.appeal)
    if offer.state == OfferState.WAITING_APPROVAL and offer.request is not None:
        authority.withdraw(offer.request, by=sides.staff(by))
        offer = moves.locked(offer.pk)
    was_open = offer.state == OfferState.OPEN
    moves.move(offer, Step.WITHDRAWN, by=by, at=at, words=words)
    if was_open:
        case.withdrawn(offer, by=by, at=at)
    return offer


def text_to_sign(
    appeal: Appeal, package: Package, words: str, on: datetime.date, language: str
) -> tuple[str, str]:
    """The text of an offer that a customer is about to make, and its hash."""
    said = text(
        package, about=appeal.number, words=words.strip(), language=language,
        expires_on=making.last_day(package, on),
    )  # fmt: skip
    return said, hash_of(said)


def why_granted(offer: Offer) -> str:
    """The words with which staff granted it."""
    sent = offer.events.filter(step=Step.SENT).order_by("-pk").values_list("words", flat=True)
    return sent.first() or ""


def _sign(
    offer: Offer,
    said: str,
    by: By,
    text_hash: str,
    language: str,
    address: str | None,
    at: datetime.datetime,
) -> None:
    if hash_of(said) != text_hash:
        raise OfferRefused(
            _("this is not the text that was shown: read the offer again before you accept it")
        )
    Signature.objects.create(
        offer=offer, by=sides.user(by), at=at, address=address, language=language, text=said,
        text_hash=text_hash,
    )  # fmt: skip


def _require_theirs(offer: Offer, by: By) -> None:
    if sides.customer_of(by) != offer.customer_id:
        raise OfferRefused(_("it is somebody else's offer"))


def _require_acceptable(offer: Offer, on: datetime.date) -> None:
    if offer.side != Side.STAFF or offer.state != OfferState.OPEN:
        newer = Offer.objects.filter(
            appeal_id=offer.appeal_id, state=OfferState.OPEN, side=Side.STAFF
        ).first()
        words = {"number": offer.number, "state": OfferState(offer.state).label}
        if newer is not None:
            raise OfferRefused(
                _("the offer %(number)s is %(state)s; open is %(newer)s")
                % {**words, "newer": newer.number}
            )
        raise OfferRefused(_("the offer %(number)s is %(state)s") % words)
    if offer.expires_on < on:
        raise OfferRefused(
            _("the offer %(number)s could be accepted until %(day)s")
            % {"number": offer.number, "day": offer.expires_on}
        )


def _first_error(form: object) -> str:
    errors = getattr(form, "errors", {})
    return "; ".join(str(error) for row in errors.values() for error in row)
