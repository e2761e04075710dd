"""What staff and customers do with an open appeal, short of deciding it."""

import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from appeals import eligibility, notices, rules, work
from appeals.choices import Who
from appeals.clocks import calendar, legal, service
from appeals.models import Appeal, Message
from appeals.operations import actors, moving
from appeals.operations.actors import AppealRefused, By, NotAllowed
from appeals.operations.ending import ended
from appeals.operations.thread import first_answer, post


def take(*, appeal: Appeal, by: User, at: datetime.datetime, version: int | None = None) -> Appeal:
    """Open it for review; whoever takes it handles it from now on."""
    with moving.locked(appeal, by=by, version=version) as (row, who):
        moving.require(row, "take", who)
        moving.move(row, "take", who=who, by=by, at=at, assigned_to=by)
        work.given(row, by, by=by, at=at)
        return row


def assign(
    *,
    appeal: Appeal,
    to: User | None,
    by: User,
    at: datetime.datetime,
    why: str = "",
    version: int | None = None,
) -> Appeal:
    """Give it to somebody who may handle it (oneself, or anybody for those who lead), or back."""
    with moving.locked(appeal, by=by, version=version) as (row, who):
        leads = by.has_perm(eligibility.LEAD)
        mine = row.assigned_to_id in (None, by.pk)
        if who != Who.STAFF or not (leads or (mine and to in (by, None))):
            raise NotAllowed(_("Only those who lead appeals give them to others."))
        if to is not None:
            if not (to.is_active and to.is_staff and to.has_perm(eligibility.HANDLE)):
                raise AppealRefused(_("%(who)s handles no appeals.") % {"who": to})
            actors.require_free(to, row)
        moving.log(row, "assign", who=who, by=by, at=at, why=why, assigned_to=to)
        work.given(row, to, by=by, at=at)
        return row


def give_to_least_loaded(appeal: Appeal, *, at: datetime.datetime) -> User | None:
    """Whoever may have it and has the least to do; nobody if nobody may. Within the caller's
    transaction."""
    to = eligibility.eligible(appeal).first()
    if to is not None:
        moving.log(appeal, "assign", who=Who.SYSTEM, by=None, at=at, assigned_to=to)
        work.given(appeal, to, by=None, at=at)
    return to


def ask_customer(
    *,
    appeal: Appeal,
    text: str,
    by: User,
    at: datetime.datetime,
    on: datetime.date,
    version: int | None = None,
) -> Message:
    """Ask for what is missing, in the thread; the service clock rests until the answer comes."""
    with moving.locked(appeal, by=by, version=version) as (row, who):
        moving.require(row, "ask_customer", who)
        figures = rules.rules_on(row.received_on)
        today = timezone.localdate(at)
        moving.move(
            row,
            "ask_customer",
            who=who,
            by=by,
            at=at,
            service_left=_business_left(row, at),
            service_due_at=None,
            asked_on=today,
            answer_due_on=legal.due_on(today, figures.waiting.days),
            **first_answer(row, who, at),
        )
        message = post(row, text, who=who, by=by, at=at)
        notices.needs_you(row, at=at)
        return message


def answer(
    *,
    appeal: Appeal,
    text: str = "",
    by: By,
    at: datetime.datetime,
    version: int | None = None,
) -> Appeal:
    """The customer's answer to what was asked (staff enter one that came by phone or letter); the
    service clock goes on with what was left of it. Without `text`, evidence was the answer."""
    with moving.locked(appeal, by=by, version=version) as (row, who):
        moving.require(row, "answer", who)
        moving.move(row, "answer", who=who, by=by, at=at, **_resumed(row, at))
        if text.strip():
            post(row, text, who=who, by=by, at=at)
        return row


def negotiate(
    *, appeal: Appeal, by: By, at: datetime.datetime, why: str = "", version: int | None = None
) -> Appeal:
    """An offer is on the table, from either side."""
    with moving.locked(appeal, by=by, version=version) as (row, who):
        return moving.move(
            row, "negotiate", who=who, by=by, at=at, why=why, **first_answer(row, who, at)
        )


def resume(
    *, appeal: Appeal, by: By, at: datetime.datetime, why: str = "", version: int | None = None
) -> Appeal:
    """No offer is open any more: back to review."""
    with moving.locked(appeal, by=by, version=version) as (row, who):
        return moving.move(row, "resume", who=who, by=by, at=at, why=why)


def ask_approval(
    *, appeal: Appeal, by: By, at: datetime.datetime, why: str = "", version: int | None = None
) -> Appeal:
    """What it grants is put before somebody else (accounts/authority.py holds the request)."""
    with moving.locked(appeal, by=by, version=version) as (row, who):
        return moving.move(row, "ask_approval", who=who, by=by, at=at, why=why)


def turn_down(
    *,
    appeal: Appeal,
    by: User | None,
    at: datetime.datetime,
    why: str = "",
    own: bool = False,
) -> Appeal:
    """The approval was refused, taken back (`own`), or not given in time: back to review.

    The approver may hold authority and handle no appeals, but is never close to the case; their
    own request everybody may take back.
    """
    with moving.locked(appeal, by=None) as (row, system):
        who = system if by is None else actors.require_approver(by)
        if not own:
            actors.require_free(by, row)
        return moving.move(row, "turn_down", who=who, by=by, at=at, why=why)


def withdraw(
    *,
    appeal: Appeal,
    by: By,
    at: datetime.datetime,
    on: datetime.date,
    why: str = "",
    version: int | None = None,
) -> Appeal:
    """The customer does not go on with it; staff enter that with the words they were told."""
    with moving.locked(appeal, by=by, version=version) as (row, who):
        if who == Who.STAFF and not why.strip():
            raise AppealRefused(_("Say how the customer withdrew it."))
        moving.move(row, "withdraw", who=who, by=by, at=at, why=why, **at_rest())
        ended(row, on=on, by=by, at=at, why=_("withdrawn"))
        return row


def at_rest() -> dict[str, Any]:
    """The columns of an appeal that waits for nobody."""
    return {"asked_on": None, "answer_due_on": None, "reminded_on": None}


def _resumed(appeal: Appeal, at: datetime.datetime) -> dict[str, Any]:
    figures = rules.rules_on(appeal.received_on)
    due = service.after(
        at,
        appeal.service_left or 0,
        calendar.find(figures.service.calendar),
        timezone.get_default_timezone(),
    )
    return {"service_due_at": due, "service_left": None, **at_rest()}


def _business_left(appeal: Appeal, at: datetime.datetime) -> int:
    assert appeal.service_due_at is not None
    figures = rules.rules_on(appeal.received_on)
    hours = calendar.find(figures.service.calendar)
    zone = timezone.get_default_timezone()
    return service.between(at, appeal.service_due_at, hours, zone)
