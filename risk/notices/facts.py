"""The facts of a batch of notices at the moment of sending; Dropped where the cause is over.

Everything is read for the whole batch at once, and put in words in each customer's language.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.desk.formats import money, words_date
from accounts.models import Notice
from accounts.notices import Dropped, Facts
from accounts.notices.choices import Why
from billing.choices import PlanStatus, Product
from billing.models import PlanInstalment
from billing.queries import opened_through_all
from risk.choices import Trigger
from risk.explain import Reason, standing
from risk.explain.reasons import corrected
from risk.explain.record import Record, because_of, read_many
from risk.models import Correction, Restriction

Found = dict[int, Facts | Dropped]
Tell = Callable[[Notice, Record], Facts | Dropped]


def records(customers: Sequence[int]) -> dict[int, Record]:
    """The records of these customers on their last open days; one read a day, most often one."""
    days: dict[datetime.date, list[int]] = defaultdict(list)
    for pk, on in opened_through_all(sorted(set(customers))).items():
        days[on].append(pk)
    found: dict[int, Record] = {}
    for on, people in days.items():
        found.update(read_many(people, on))
    return found


def each(notices: Sequence[Notice], tell: Tell) -> Found:
    """`tell` each notice in its language; one of a customer without an open day is over."""
    known = records([notice.customer_id for notice in notices])
    found: Found = {}
    for notice in notices:
        record = known.get(notice.customer_id)
        with translation.override(notice.language):
            found[notice.pk] = tell(notice, record) if record else Dropped()
    return found


# -- bills -------------------------------------------------------------------------------


def overdue(notices: Sequence[Notice]) -> Found:
    return each(notices, _overdue)


def _overdue(notice: Notice, record: Record) -> Facts | Dropped:
    episode = record.episodes.get(notice.context["episode"])
    if episode is None or episode.cured_on or episode.reversed_on:
        return Dropped()
    if episode.frozen_dpd is not None:
        return Dropped()  # a plan was agreed meanwhile
    owed = {row.bill_id: row for row in record.owed}
    bills = [b for b in record.bills.get(episode.pk, ()) if b.pk in owed]
    return {
        "product": _product(record, episode.line_id),
        "days": record.dpd(episode),
        "overdue": money(record.overdue(episode)),
        "to_pay": money(record.to_cure(episode)),
        "bills": [
            {
                "number": bill.number,
                "due": words_date(bill.due_on),
                "owed": money(owed[bill.pk].principal + owed[bill.pk].interest),
            }
            for bill in bills
        ],
    }


# -- restrictions ------------------------------------------------------------------------


def opened(notices: Sequence[Notice]) -> Found:
    lifted = _sent_before(notices, "restriction_lifted")

    def tell(notice: Notice, record: Record) -> Facts | Dropped:
        reasons = standing(record)
        if not any(_is_news(reason.restriction, notice) for reason in reasons):
            return Dropped()
        mine = set(notice.context["restrictions"])
        wrong = [n for n in lifted[notice.customer_id] if mine & set(n.context["restrictions"])]
        return {
            "restrictions": [_reason(reason) for reason in reasons],
            "told_before": _told_before(wrong[-1]) if wrong else "",
        }

    return each(notices, tell)


def _is_news(row: Restriction, notice: Notice) -> bool:
    """Whether a restriction is one of the notice's, or of one that it took the place of."""
    first = notice.on - datetime.timedelta(days=settings.NOTICE_WINDOW_DAYS)
    return row.pk in notice.context["restrictions"] or row.from_on > first


def _told_before(notice: Notice) -> str:
    assert notice.sent_at is not None
    return _(
        "On %(day)s we told you that this restriction was lifted. That is no longer right: what "
        "lifted it was taken back or counts differently by now."
    ) % {"day": words_date(notice.sent_at.date())}


def _reason(reason: Reason) -> Mapping[str, Any]:
    return {
        "product": reason.product,
        "title": reason.title,
        "since": words_date(reason.restriction.from_on),
        "effect": reason.effect,
        "rule": reason.rule,
        "happened": list(reason.happened),
        "lifts": list(reason.lifts),
        "earliest": words_date(reason.earliest) if reason.earliest else "",
    }


def lifted(notices: Sequence[Notice]) -> Found:
    return each(notices, _lifted)


def _lifted(notice: Notice, record: Record) -> Facts | Dropped:
    mine = set(notice.context["restrictions"])
    ended = [r for r in record.restrictions if r.pk in mine and r.until_on and not r.reversed_on]
    if not ended:
        return Dropped()
    lines = sorted({row.line_id for row in ended})
    return {
        "products": [_product(record, pk) for pk in lines],
        "lines": [
            {
                "product": _product(record, pk),
                "limit": money(record.lines[pk]["effective_limit"]),
                "available": money(record.lines[pk]["available"]),
            }
            for pk in lines
        ],
        "ended": [
            {
                "product": _product(record, row.line_id),
                "title": str(Trigger(row.trigger).label),
                "since": words_date(row.from_on),
                "lifted": words_date(row.until_on) if row.until_on else "",
            }
            for row in ended
        ],
        "remaining": [_reason(r) for r in standing(record) if r.restriction.line_id in lines],
    }


# -- plans -------------------------------------------------------------------------------


def plan(wanted: PlanStatus) -> Callable[[Sequence[Notice]], Found]:
    """Of a plan that still is as it is told; what it asks for is read for the whole batch."""

    def facts(notices: Sequence[Notice]) -> Found:
        asked: dict[int, list[PlanInstalment]] = defaultdict(list)
        ids = [notice.context["plan"] for notice in notices]
        for row in PlanInstalment.objects.filter(fact__in=ids).order_by("due_on", "pk"):
            asked[row.fact_id].append(row)

        def tell(notice: Notice, record: Record) -> Facts | Dropped:
            found = record.plans.get(notice.context["plan"])
            if found is None or found.status != wanted:
                return Dropped()
            return _plan(notice, record, asked[found.pk])

        return each(notices, tell)

    return facts


def _plan(notice: Notice, record: Record, asked: Sequence[PlanInstalment]) -> Facts | Dropped:
    found = record.plans[notice.context["plan"]]
    grace = record.policy.plan_grace_days if record.policy else 0
    passed = [row for row in asked if row.due_on < record.on]
    missing = max(sum(row.amount for row in passed) - found.counted, 0)
    if "due_on" in notice.context and not missing:
        return Dropped()  # paid meanwhile
    last_due = max((row.due_on for row in passed), default=record.on)
    return {
        "plan": found.number,
        "product": _product(record, found.line_id),
        "instalments": [
            {"due": words_date(row.due_on), "amount": money(row.amount)} for row in asked
        ],
        "total": money(sum(row.amount for row in asked)),
        "ended": words_date(found.ended_on) if found.ended_on else "",
        "missing": money(missing) if missing else "",
        "last_day": words_date(last_due + datetime.timedelta(days=grace)),
    }


# -- corrections -------------------------------------------------------------------------


def correction(notices: Sequence[Notice]) -> Found:
    """What was told wrongly, and why it is not so; what was never sent needs no correction."""
    ids = {pk for notice in notices for pk in notice.context["notices"]}
    wrong = Notice.objects.filter(sent_at__isnull=False).in_bulk(ids)
    reversals = _reversals(wrong.values())
    causes = because_of(list(reversals.values()))

    def tell(notice: Notice, record: Record) -> Facts | Dropped:
        told = [wrong[pk] for pk in notice.context["notices"] if pk in wrong]
        if not told:
            return Dropped(Why.UNTOLD)
        return {
            "wrong": [
                {
                    "on": words_date(one.sent_at.date()) if one.sent_at else "",
                    "subject": one.subject,
                    "why": corrected(reversals.get(one.pk), causes),
                }
                for one in told
            ],
            "restrictions": [_reason(reason) for reason in standing(record)],
        }

    return each(notices, tell)


def _reversals(wrong: Any) -> dict[int, Correction]:
    """By the wrong notice: the correction of the book that made it wrong."""
    about: dict[tuple[str, int], int] = {}
    people = set()
    for notice in wrong:
        people.add(notice.customer_id)
        if "episode" in notice.context:
            about["episode", notice.context["episode"]] = notice.pk
        for pk in notice.context.get("restrictions", ()):
            about["restriction", pk] = notice.pk
    rows = Correction.objects.filter(customer__in=people, act="reversed").order_by("pk")
    return {
        about[row.subject, row.subject_id]: row
        for row in rows
        if (row.subject, row.subject_id) in about
    }


def _sent_before(notices: Sequence[Notice], kind: str) -> dict[int, list[Notice]]:
    """Notices of a kind that these customers were sent, oldest first."""
    people = {notice.customer_id for notice in notices}
    found: dict[int, list[Notice]] = defaultdict(list)
    rows = Notice.objects.filter(customer__in=people, kind=kind, sent_at__isnull=False)
    for row in rows.order_by("pk"):
        found[row.customer_id].append(row)
    return found


def _product(record: Record, line_id: int) -> str:
    return str(Product(record.lines[line_id]["product"]).label)
