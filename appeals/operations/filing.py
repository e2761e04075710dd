"""How an appeal comes in: from the customer, through staff, or as a second review."""

import datetime
import uuid
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts import operations as accounts_operations
from accounts.models import Customer
from appeals import holds, notices, rules, subjects, work
from appeals.choices import OPEN, Ask, Channel, Kind, Result, State, Subject, Who
from appeals.clocks import calendar, legal, service
from appeals.models import Appeal, ContestedCause
from appeals.operations import actors, moving
from appeals.operations.actors import AppealRefused, By, NotAllowed
from appeals.operations.handling import give_to_least_loaded
from appeals.subjects import Contested

MOST_WORDS = 5000
MOST_CAUSES = 8
#: So many appeals of one customer may be open at once.
MOST_OPEN = 10
#: What came in longer ago than this was not forgotten on a desk: it is a mistake.
LONGEST_AGO = datetime.timedelta(days=366)

_BY_STAFF = (Channel.PHONE, Channel.LETTER)


def submit(
    *,
    customer: Customer,
    kind: str,
    words: str,
    asks: Sequence[str] = (),
    subjects_: Sequence[tuple[str, int]] = (),
    channel: str = Channel.PORTAL,
    by: By,
    at: datetime.datetime,
    on: datetime.date,
    received_at: datetime.datetime | None = None,
    language: str = "",
    token: uuid.UUID | None = None,
) -> Appeal:
    """File an appeal; both clocks start with `received_at` (by default `at`).

    `subjects_` names what is contested as (`Subject`, id) pairs, the main one first; none for help
    in hardship or a complaint about nothing in particular. Staff file what came by phone or
    letter, with the moment it arrived. The same `token` again gives the appeal filed the first
    time. Raises AppealRefused, or subjects.NoSuchSubject for what is not the customer's.
    """
    with transaction.atomic():
        accounts_operations.lock(customer.pk)
        who = actors.who(by, customer.pk)
        actors.require_no_conflict(by, customer.pk)
        known = token and Appeal.objects.filter(public_id=token, customer=customer).first()
        if known:
            return known
        _check(kind, words, asks, subjects_)
        received = _received(who, channel, received_at, at, customer)
        contested = [subjects.find(customer.pk, name, pk) for name, pk in dict.fromkeys(subjects_)]
        _require_new(customer, contested)
        appeal = _store(
            customer,
            contested,
            received,
            at,
            on,
            public_id=token or uuid.uuid4(),
            kind=kind,
            words=words.strip(),
            asks=list(dict.fromkeys(asks)),
            channel=channel,
            language=language or customer.language,
            filed_by=actors.user(by) if who == Who.STAFF else None,
        )
        return _start(appeal, contested, who=who, by=by, at=at, on=on)


def reopen(
    *,
    appeal: Appeal,
    words: str,
    by: By,
    at: datetime.datetime,
    on: datetime.date,
    channel: str = Channel.PORTAL,
    received_at: datetime.datetime | None = None,
) -> Appeal:
    """Ask for a second review of what was declined, wholly or in part; once, within its term.

    It is an appeal of its own, with clocks of its own, that somebody else decides.
    """
    with transaction.atomic():
        accounts_operations.lock(appeal.customer_id)
        first = Appeal.objects.select_related("customer").get(pk=appeal.pk)
        who = actors.who(by, first.customer_id)
        actors.require_no_conflict(by, first.customer_id)
        if first.state != State.DECIDED or first.result == Result.GRANTED:
            raise AppealRefused(_("Only what was declined is reviewed a second time."))
        if first.second_review_of_id or Appeal.objects.filter(second_review_of=first).exists():
            raise AppealRefused(_("There is one second review, and it was asked for already."))
        received = _received(who, channel, received_at, at, first.customer)
        last = review_until(first)
        if legal.received_on(received, zone()) > last:
            raise AppealRefused(
                _("A second review could be asked for until %(day)s.") % {"day": last}
            )
        _check(first.kind, words, (), ())
        declined = first.causes.exclude(result=Result.GRANTED).order_by("position")
        contested = [
            subjects.find(first.customer_id, row.subject_kind, row.subject_id) for row in declined
        ]
        _require_new(first.customer, contested)
        second = _store(
            first.customer,
            contested,
            received,
            at,
            on,
            kind=first.kind,
            words=words.strip(),
            asks=first.asks,
            channel=channel,
            language=first.language,
            filed_by=actors.user(by) if who == Who.STAFF else None,
            second_review_of=first,
        )
        return _start(second, contested, who=who, by=by, at=at, on=on)


def review_until(appeal: Appeal) -> datetime.date:
    """The last day on which a second review of a decided appeal can be asked for."""
    assert appeal.ended_at is not None
    ended = legal.received_on(appeal.ended_at, zone())
    return ended + datetime.timedelta(days=rules.rules_on(ended).review_days)


def zone() -> ZoneInfo:
    return ZoneInfo(settings.BOOK_TIME_ZONE)


def _check(kind: str, words: str, asks: Sequence[str], named: Sequence[tuple[str, int]]) -> None:
    if kind not in Kind.values:
        raise AppealRefused(_("%(kind)s is no kind of appeal.") % {"kind": kind})
    if set(asks) - set(Ask.values):
        raise AppealRefused(_("Choose what you ask for from the list."))
    if not words.strip() or "\x00" in words:
        raise AppealRefused(_("Say in a few words what happened and what you ask for."))
    if len(words) > MOST_WORDS:
        raise AppealRefused(_("At most %(n)s characters.") % {"n": MOST_WORDS})
    if len(set(named)) > MOST_CAUSES:
        raise AppealRefused(_("At most %(n)s causes in one appeal.") % {"n": MOST_CAUSES})


def _received(
    who: Who,
    channel: str,
    received_at: datetime.datetime | None,
    at: datetime.datetime,
    customer: Customer,
) -> datetime.datetime:
    if channel not in Channel.values or (who == Who.STAFF) != (channel in _BY_STAFF):
        raise NotAllowed(_("Staff file what came by phone or letter, customers the rest."))
    if who == Who.CUSTOMER:
        return at
    received = received_at or at
    if received > at:
        raise AppealRefused(_("It cannot have arrived later than now."))
    if received < at - LONGEST_AGO or legal.received_on(received, zone()) < customer.opened_on:
        raise AppealRefused(_("It cannot have arrived so long ago."))
    return received


def _require_new(customer: Customer, contested: Sequence[Contested]) -> None:
    """The same cause is contested in one open appeal at a time."""
    open_now = Appeal.objects.filter(customer=customer, state__in=OPEN)
    if open_now.count() >= MOST_OPEN:
        raise AppealRefused(_("%(n)s of your appeals are open already.") % {"n": MOST_OPEN})
    mine = {(row.kind, row.id) for row in contested}
    rows = ContestedCause.objects.filter(appeal__in=open_now).select_related("appeal")
    for row in rows:
        if (row.subject_kind, row.subject_id) in mine:
            raise AppealRefused(
                _("Appeal %(number)s about it is open already: add to that one.")
                % {"number": row.appeal.number}
            )


def _store(
    customer: Customer,
    contested: Sequence[Contested],
    received: datetime.datetime,
    at: datetime.datetime,
    on: datetime.date,
    **columns: object,
) -> Appeal:
    day = legal.received_on(received, zone())
    figures = rules.rules_on(day)
    hours = calendar.find(figures.service.calendar)
    first = contested[0] if contested else Contested(Subject.NONE, 0)
    return Appeal.objects.create(
        number=_number(),
        customer=customer,
        line_id=first.line_id,
        subject_kind=first.kind,
        subject_id=first.id or None,
        received_at=received,
        received_on=day,
        filed_at=at,
        quiet=bool(contested) and holds.policy_on(on).hold_notices,
        legal_due_on=legal.due_on(day, figures.legal.of(str(columns["kind"])).days),
        first_due_at=service.after(
            received, figures.service.first_answer_hours * 3600, hours, zone()
        ),
        service_due_at=service.after(received, figures.service.decide_hours * 3600, hours, zone()),
        **columns,
    )


def _start(
    appeal: Appeal,
    contested: Sequence[Contested],
    *,
    who: Who,
    by: By,
    at: datetime.datetime,
    on: datetime.date,
) -> Appeal:
    ContestedCause.objects.bulk_create(
        ContestedCause(
            appeal=appeal,
            position=n,
            subject_kind=row.kind,
            subject_id=row.id,
            line_id=row.line_id,
            code=row.code,
            bills=list(row.bills),
            deciders=sorted(row.deciders),
        )
        for n, row in enumerate(contested)
    )
    moving.begin(appeal, who=who, by=by, at=at, why="")
    holds.place(appeal, on=on, by=actors.user(by))
    work.opened(appeal, at=at)
    give_to_least_loaded(appeal, at=at)
    notices.received(appeal, at=at)
    return appeal


def _number() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select nextval('appeals_number')")
        return f"AP{cursor.fetchone()[0]:06d}"
