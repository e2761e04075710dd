"""Four eyes: who may do an act alone, and how one becomes a request that another decides.

An act, previewed, done or approved, runs in one transaction under the customer's lock, against the
state of that moment. What was shown is named by its fingerprint: if the customer changed since,
nothing is done and the new state is shown.
"""

import datetime
import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import operations
from accounts.acts import Act, ActForm, Doing, Raw, Refused, find
from accounts.models import ActRequest, AuthorityLimit, Customer, StaffAct, User
from accounts.notices import decisions
from accounts.staff_acts import RequestStatus

#: A request that nobody decided within so many days expires.
REQUEST_DAYS = 7
_YEAR = datetime.timedelta(days=365)

Look = Callable[[int], dict[str, Any]]
"""How a customer stands, as JSON keeps it; by id."""


class Changed(Exception):
    """The customer is not as shown any more: nothing was done."""


class NotAllowed(Exception):
    """The act needs somebody else; the message says why."""


@dataclass(frozen=True)
class Preview:
    """What an act would do: how the customer stands before and after it."""

    before: dict[str, Any]
    after: dict[str, Any]
    amount: Decimal

    @property
    def seen(self) -> str:
        """The fingerprint of what it starts from."""
        return fingerprint(self.before)


def fingerprint(state: dict[str, Any]) -> str:
    text = json.dumps(state, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def try_out(act: Act, form: ActForm, *, by: User, on: datetime.date, look: Look) -> Preview:
    """Do the act and take it back: what it shows is what the engine does. Raises Refused."""
    with transaction.atomic():
        operations.lock(form.customer.pk)
        before = look(form.customer.pk)
        amount = act.amount(form.customer, form.cleaned_data)
        act.rehearse(Doing(form.customer, form.cleaned_data, by, on))
        after = look(form.customer.pk)
        transaction.set_rollback(True)
    return Preview(before, after, amount)


def may_alone(user: User, act: Act, customer: Customer, amount: Decimal, on: datetime.date) -> bool:
    """Whether the user's roles let them do it alone: this one, and with those of 12 months."""
    limits = [row for row in _limits(user, act) if row.alone is not None and amount <= row.alone]
    if not limits:
        return False
    most = max(row.alone_in_a_year or Decimal(0) for row in limits)
    return act.granted(customer, on - _YEAR) + amount <= most


def may_approve(user: User, act: Act, amount: Decimal) -> bool:
    """Whether the user's roles let them approve an act of this weight of somebody else."""
    if not user.has_perm("accounts.approve_acts"):
        return False
    return any(row.approves is not None and amount <= row.approves for row in _limits(user, act))


def carry_out(
    act: Act,
    form: ActForm,
    *,
    by: User,
    on: datetime.date,
    look: Look,
    seen: str,
    token: uuid.UUID,
) -> StaffAct:
    """Do an act alone. Raises Refused, Changed, or NotAllowed above the user's authority.

    The same token again (a form sent twice) gives the act that was done the first time.
    """
    with transaction.atomic():
        operations.lock(form.customer.pk)
        done = StaffAct.objects.filter(token=token, done_by=by).first()
        if done is not None:
            return done
        amount = act.amount(form.customer, form.cleaned_data)
        if not may_alone(by, act, form.customer, amount, on):
            raise NotAllowed(_("above your authority: it needs an approval"))
        if why := act.above(by, form.cleaned_data, approving=False):
            raise NotAllowed(why)
        return _do(act, form, by=by, on=on, look=look, seen=seen, token=token, amount=amount)


def ask(
    act: Act, form: ActForm, *, by: User, on: datetime.date, look: Look, seen: str, token: uuid.UUID
) -> ActRequest:
    """Put an act before somebody else. Raises Refused or Changed; the same token asks once."""
    asked = ActRequest.objects.filter(token=token, requested_by=by).first()
    if asked is not None:
        return asked
    preview = try_out(act, form, by=by, on=on, look=look)
    if preview.seen != seen:
        raise Changed
    now = timezone.now()
    return ActRequest.objects.create(
        token=token,
        customer=form.customer,
        act=act.code,
        data=form.raw(),
        amount=preview.amount,
        reason=form.cleaned_data["reason"],
        words=form.cleaned_data["words"],
        before=preview.before,
        after=preview.after,
        requested_by=by,
        requested_at=now,
        expires_at=now + datetime.timedelta(days=REQUEST_DAYS),
    )


def approve(
    request: ActRequest, *, by: User, words: str, on: datetime.date, look: Look, seen: str
) -> StaffAct:
    """Approve and execute, once, against the state of this moment.

    Raises Refused (the act is not possible any more), Changed (the customer is not as shown), or
    NotAllowed (their own, decided or expired already, above the approver's limit).
    """
    with transaction.atomic():
        operations.lock(request.customer_id)
        request = _to_decide(request, by)
        act, form = reopened(request)
        amount = act.amount(form.customer, form.cleaned_data)
        if not may_approve(by, act, amount):
            raise NotAllowed(_("above what you may approve"))
        if why := act.above(by, form.cleaned_data, approving=True):
            raise NotAllowed(why)
        _settle(request, RequestStatus.APPROVED, by, words)
        return _do(
            act, form, by=request.requested_by, on=on, look=look, seen=seen, token=request.token,
            amount=amount, approved_by=by, request=request,
        )  # fmt: skip


def reject(request: ActRequest, *, by: User, words: str) -> ActRequest:
    """Decline; the request is kept. Raises NotAllowed."""
    with transaction.atomic():
        request = _to_decide(request, by)
        if not by.has_perm("accounts.approve_acts"):
            raise NotAllowed(_("you may not decide requests"))
        return _turn_down(_settle(request, RequestStatus.REJECTED, by, words))


def withdraw(request: ActRequest, *, by: User) -> ActRequest:
    """Take one's own request back while nobody has decided it. Raises NotAllowed."""
    with transaction.atomic():
        request = ActRequest.objects.select_for_update().get(pk=request.pk)
        if request.requested_by_id != by.pk:
            raise NotAllowed(_("only who asked may withdraw it"))
        if request.status != RequestStatus.WAITING:
            raise NotAllowed(_("it is decided already"))
        return _turn_down(_settle(request, RequestStatus.WITHDRAWN, by, ""))


@transaction.atomic
def expire() -> int:
    """Close the requests whose time is over; how many those are."""
    late = ActRequest.objects.filter(
        status=RequestStatus.WAITING, expires_at__lte=timezone.now()
    ).select_for_update(skip_locked=True)
    closed = [request.pk for request in late]
    ActRequest.objects.filter(pk__in=closed).update(
        status=RequestStatus.EXPIRED, decided_at=timezone.now()
    )
    for request in ActRequest.objects.filter(pk__in=closed).order_by("pk"):
        _turn_down(request)
    return len(closed)


def reopened(request: ActRequest) -> tuple[Act, ActForm]:
    """The act of a request with what was entered, checked anew; raises Refused."""
    act = find(request.act)
    if act is None:
        raise Refused(_("%(act)s is no act any more") % {"act": request.act})
    form = act.form(_as_entered(request.data), customer=request.customer)
    if not form.is_valid():
        words = "; ".join(
            f"{form.fields[name].label if name in form.fields else ''} {error}".strip()
            for name, errors in form.errors.items()
            for error in errors
        )
        raise Refused(words)
    return act, form


def _do(
    act: Act,
    form: ActForm,
    *,
    by: User,
    on: datetime.date,
    look: Look,
    seen: str,
    token: uuid.UUID,
    amount: Decimal,
    approved_by: User | None = None,
    request: ActRequest | None = None,
) -> StaffAct:
    before = look(form.customer.pk)
    if fingerprint(before) != seen:
        raise Changed
    act.perform(Doing(form.customer, form.cleaned_data, by, on))
    done = StaffAct.objects.create(
        token=token,
        customer=form.customer,
        act=act.code,
        data=form.raw(),
        amount=amount,
        reason=form.cleaned_data["reason"],
        words=form.cleaned_data["words"],
        before=before,
        after=look(form.customer.pk),
        done_on=on,
        done_by=by,
        approved_by=approved_by,
        request=request,
    )
    decisions.tell(done, act)
    return done


def _to_decide(request: ActRequest, by: User) -> ActRequest:
    request = ActRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if request.requested_by_id == by.pk:
        raise NotAllowed(_("nobody decides their own request"))
    if request.status != RequestStatus.WAITING:
        raise NotAllowed(_("it is decided already"))
    if request.expires_at <= timezone.now():
        raise NotAllowed(_("it has expired"))
    return request


def _settle(request: ActRequest, status: RequestStatus, by: User, words: str) -> ActRequest:
    request.status, request.decided_by, request.decided_at = status, by, timezone.now()
    request.decision_words = words
    request.save(update_fields=["status", "decided_by", "decided_at", "decision_words"])
    return request


def _turn_down(request: ActRequest) -> ActRequest:
    act = find(request.act)
    if act is not None:
        act.turned_down(request)
    return request


def _limits(user: User, act: Act) -> list[AuthorityLimit]:
    roles = user.groups.values_list("name", flat=True)
    return list(AuthorityLimit.objects.filter(role__in=roles, act=act.code))


def _as_entered(data: Raw) -> Any:
    """What was kept, in the form in which a browser sends it."""
    entered = QueryDict(mutable=True)
    for name, value in data.items():
        entered.setlist(name, value if isinstance(value, list) else [value])
    return entered
