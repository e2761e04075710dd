"""What is said in an appeal: to each other, and among staff."""

import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from appeals.choices import State, Who
from appeals.models import Appeal, InternalNote, Message
from appeals.operations import actors, moving
from appeals.operations.actors import AppealRefused, By, NotAllowed

MOST_CHARACTERS = 5000


def send_message(
    *, appeal: Appeal, text: str, by: By, at: datetime.datetime, version: int | None = None
) -> Message:
    """Say something in the thread, which customer and staff both see.

    From a customer who was asked for something, it is the answer.
    """
    from appeals.operations.handling import answer

    if appeal.state == State.WAITING_CUSTOMER and actors.who(by, appeal.customer_id) == (
        Who.CUSTOMER
    ):
        answer(appeal=appeal, text=text, by=by, at=at, version=version)
        return appeal.messages.order_by("-pk")[0]
    with moving.locked(appeal, by=by, version=version) as (row, who):
        moving.log(row, "message", who=who, by=by, at=at, **first_answer(row, who, at))
        return post(row, text, who=who, by=by, at=at)


def add_note(*, appeal: Appeal, text: str, by: User, at: datetime.datetime) -> InternalNote:
    """Keep a remark for colleagues. It changes nothing of the appeal, and no customer sees it."""
    if not (isinstance(by, User) and by.is_staff):
        raise NotAllowed(_("Notes are for staff."))
    with moving.locked(appeal, by=by) as (row, _who):
        return InternalNote.objects.create(appeal=row, text=_checked(text), by=by, at=at)


def post(appeal: Appeal, text: str, *, who: Who, by: By, at: datetime.datetime) -> Message:
    """Store a message, within the caller's transaction."""
    return Message.objects.create(
        appeal=appeal, author=who, by=actors.user(by), text=_checked(text), at=at
    )


def first_answer(appeal: Appeal, who: Who, at: datetime.datetime) -> dict[str, Any]:
    """The column that remembers when staff first said something to the customer."""
    if who != Who.STAFF or appeal.first_answer_at is not None:
        return {}
    return {"first_answer_at": at}


def _checked(text: str) -> str:
    text = text.strip()
    if not text or "\x00" in text:
        raise AppealRefused(_("Write something first."))
    if len(text) > MOST_CHARACTERS:
        raise AppealRefused(_("At most %(n)s characters.") % {"n": MOST_CHARACTERS})
    return text
