"""What the two clocks bring about by themselves; each can be run again and again."""

import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, User
from appeals import eligibility, notices, rules, work
from appeals.choices import OPEN, State, Who
from appeals.clocks import legal
from appeals.models import Appeal
from appeals.operations import handling, moving
from appeals.operations.actors import AppealRefused, NotAllowed
from appeals.operations.ending import ended

_SQL = Path(__file__).resolve().parent.parent / "sql"


def extend(
    *,
    appeal: Appeal,
    why: str,
    by: User,
    at: datetime.datetime,
    approved_by: User | None = None,
    version: int | None = None,
) -> Appeal:
    """Extend the legal term, where the law lets it be; the customer is told, and why.

    The last extension needs somebody else who leads appeals. Refused once the term is over.
    """
    with moving.locked(appeal, by=by, version=version) as (row, who):
        if who != Who.STAFF or not by.has_perm(eligibility.LEAD):
            raise NotAllowed(_("Only those who lead appeals extend a term."))
        if not why.strip():
            raise AppealRefused(_("Say why: the customer is told."))
        figures = rules.rules_on(row.received_on).legal.of(row.kind)
        stage = row.legal_stage + 1
        days = figures.stage(stage) if stage <= 2 else None
        if days is None:
            raise AppealRefused(_("The law gives no further extension."))
        if legal.left(row.legal_due_on, timezone.localdate(at)) < 0:
            raise AppealRefused(_("The term is over: it is overrun, and stays so."))
        if stage == 2 and not _senior(approved_by, by):
            raise NotAllowed(_("A second extension needs another person who leads appeals."))
        moving.log(
            row,
            "extend",
            who=who,
            by=by,
            at=at,
            why=why,
            legal_stage=stage,
            legal_due_on=legal.due_on(row.received_on, days),
            alarmed_left=None,
        )
        notices.extended(row, at=at)
        return row


@transaction.atomic
def escalate(*, at: datetime.datetime) -> int:
    """Raise the alarms that are due (10, 5, 1 days left by the rules in force, and overrun), each
    once: in the log, on the work lists. In one statement for all; how many it were."""
    today = timezone.localdate(at)
    alarms = rules.rules_on(today).alarms
    _lock_customers(today + datetime.timedelta(days=max(alarms)))
    with connection.cursor() as cursor:
        cursor.execute(
            (_SQL / "escalate_appeals.sql").read_text(encoding="utf-8"),
            {"today": today, "at": at, "alarms": list(alarms)},
        )
        names = [column.name for column in cursor.description or ()]
        rows: list[dict[str, Any]] = [
            dict(zip(names, row, strict=True)) for row in cursor.fetchall()
        ]
    work.alarmed(rows, at=at)
    return len(rows)


def _lock_customers(until: datetime.date) -> None:
    """Before the appeals and their work items, as every act on one does: whoever takes an item at
    this moment has its customer, and waits for the appeal."""
    due = Appeal.objects.filter(state__in=OPEN, legal_due_on__lte=until).exclude(alarmed_left=-1)
    rows = Customer.objects.filter(pk__in=due.values("customer_id")).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def expire(*, at: datetime.datetime, on: datetime.date) -> tuple[int, int]:
    """Remind those who were asked and whose term is over; end what got no answer to that either.

    How many were reminded, and how many ended. One transaction an appeal: ending one releases
    what it held.
    """
    today = timezone.localdate(at)
    due = Appeal.objects.filter(state=State.WAITING_CUSTOMER, answer_due_on__lt=today)
    reminded = expired = 0
    for appeal in due.order_by("pk").iterator():
        with moving.locked(appeal, by=None) as (row, who):
            if (
                row.state != State.WAITING_CUSTOMER
                or not row.answer_due_on
                or row.answer_due_on >= today
            ):
                continue
            if row.reminded_on is None:
                _remind(row, today, at)
                reminded += 1
            else:
                moving.move(row, "expire", who=who, by=None, at=at, **handling.at_rest())
                ended(row, on=on, by=None, at=at, why=_("no answer"))
                notices.expired(row, at=at)
                expired += 1
    return reminded, expired


def _remind(appeal: Appeal, today: datetime.date, at: datetime.datetime) -> None:
    figures = rules.rules_on(appeal.received_on)
    moving.log(
        appeal,
        "remind",
        who=Who.SYSTEM,
        by=None,
        at=at,
        reminded_on=today,
        answer_due_on=legal.due_on(today, figures.waiting.after_reminder_days),
    )
    notices.reminded(appeal, at=at)


def _senior(user: User | None, by: User) -> bool:
    return user is not None and user.pk != by.pk and user.has_perm(eligibility.LEAD)
