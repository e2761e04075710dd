"""The reasons of a customer's restrictions: those in force and those that ended."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from accounts.desk.formats import money, percent, words_date
from billing.choices import Product
from risk import limits
from risk.choices import Effect, Trigger
from risk.explain import triggers
from risk.explain.codes import ReasonCode
from risk.explain.record import Record, because_of, read
from risk.explain.words import Evidence, Words
from risk.models import Correction, PolicyVersion, Restriction

_TELL: Mapping[str, Callable[[Record, Restriction], Words]] = {
    Trigger.OWN_OVERDUE: triggers.own_overdue,
    Trigger.LINKED_GENERAL: triggers.linked,
    Trigger.LINKED_SEVERE: triggers.linked,
    Trigger.SCORE_BELOW: triggers.score_below,
    Trigger.ALERT: triggers.alert,
    Trigger.PLAN_BROKEN: triggers.plan_broken,
    Trigger.MANUAL: triggers.manual,
}


@dataclass(frozen=True)
class Reason:
    """One restriction of one line, told."""

    restriction: Restriction
    code: ReasonCode
    product: str
    title: str
    happened: tuple[str, ...]
    effect: str
    lifts: tuple[str, ...]
    earliest: datetime.date | None
    policy: PolicyVersion | None
    evidence: tuple[Evidence, ...]
    corrected: str = ""

    @property
    def in_force(self) -> bool:
        return self.restriction.until_on is None and self.restriction.reversed_on is None

    @property
    def suspends(self) -> bool:
        return self.restriction.effect == Effect.SUSPEND

    @property
    def rule(self) -> str:
        """Which rule of which policy restricts, in words."""
        if self.policy is None:
            return _("A decision of our staff, by no automatic rule.")
        return _("Rule “%(code)s” of the policy “%(policy)s”, in force since %(day)s.") % {
            "code": self.restriction.code,
            "policy": self.policy.name,
            "day": words_date(self.policy.effective_from),
        }


@dataclass(frozen=True)
class Explanation:
    """All of a customer's reasons. `record` is what they rest on, for pages that show more."""

    record: Record
    in_force: list[Reason] = field(default_factory=list)
    ended: list[Reason] = field(default_factory=list)

    def free_on(self, line_id: int) -> datetime.date | None:
        """The earliest date on which nothing restricts a line; None if one cause names none."""
        dates = [r.earliest for r in self.in_force if r.restriction.line_id == line_id]
        if not dates or None in dates:
            return None
        return max(day for day in dates if day)


def explain(customer_id: int, on: datetime.date, *, most_ended: int | None = None) -> Explanation:
    """Why the customer's lines stand as they do on `on`, their last open day; of what ended the
    newest `most_ended`, or all."""
    record = read(customer_id, on)
    reversals = [
        record.corrections[("restriction", r.pk)]
        for r in record.restrictions
        if ("restriction", r.pk) in record.corrections
    ]
    causes = because_of(reversals)
    ended = [row for row in record.restrictions if not _in_force(row)][:most_ended]
    return Explanation(
        record=record,
        in_force=sorted(
            (_reason(record, row, causes) for row in record.restrictions if _in_force(row)),
            key=lambda reason: _weight(record, reason.restriction),
        ),
        ended=[_reason(record, row, causes) for row in ended],
    )


def _in_force(row: Restriction) -> bool:
    return row.until_on is None and row.reversed_on is None


def standing(record: Record) -> list[Reason]:
    """The reasons in force, the gravest first, from what was read already."""
    rows = [r for r in record.restrictions if _in_force(r)]
    return [_reason(record, r, {}) for r in sorted(rows, key=lambda r: _weight(record, r))]


def _reason(record: Record, row: Restriction, causes: Mapping[str, Any]) -> Reason:
    words = _TELL[row.trigger](record, row)
    in_force = _in_force(row)
    return Reason(
        restriction=row,
        code=words.code,
        product=str(Product(record.lines[row.line_id]["product"]).label),
        title=words.title,
        happened=words.happened,
        effect=_effect(record, row),
        lifts=words.lifts if in_force else _ended(row),
        earliest=words.earliest if in_force else None,
        policy=record.policies.get(row.policy_id or 0),
        evidence=words.evidence,
        corrected=corrected(record.corrections.get(("restriction", row.pk)), causes)
        if row.reversed_on
        else "",
    )


def _weight(record: Record, row: Restriction) -> tuple[int, bool, datetime.date]:
    """A line's reasons together, the gravest and oldest first."""
    product = Product(record.lines[row.line_id]["product"])
    return list(Product).index(product), row.effect != Effect.SUSPEND, row.from_on


def _effect(record: Record, row: Restriction) -> str:
    limit = record.lines[row.line_id]["assigned_limit"]
    if row.effect == Effect.SUSPEND:
        return _("Suspends the line: of the limit of %(limit)s, nothing can be used.") % {
            "limit": money(limit)
        }
    part = limits.reduced(limit, row.factor)
    return _("Reduces the limit of %(limit)s to %(share)s: %(part)s.") % {
        "limit": money(limit),
        "share": percent(row.factor),
        "part": money(part),
    }


def _ended(row: Restriction) -> tuple[str, ...]:
    if row.until_on is None:
        return ()
    if row.until_on == row.from_on:
        return (_("Lifted on the day it began, %(day)s.") % {"day": words_date(row.until_on)},)
    return (
        _("Lifted on %(day)s, after %(days)s days.")
        % {"day": words_date(row.until_on), "days": (row.until_on - row.from_on).days},
    )


def corrected(row: Correction | None, causes: Mapping[str, Any]) -> str:
    """Why a consequence was taken back, in words; `causes` from `because_of`."""
    if row is None:
        return _("Taken back by a correction.")
    cause = causes.get(row.because_of)
    day = words_date(row.on)
    if cause is None:
        return _("Taken back on %(day)s by a correction.") % {"day": day}
    number = getattr(cause, "number", None) or getattr(cause, "bill_number", None) or ""
    return _("Taken back on %(day)s: %(cause)s %(number)s, booked then, counts from %(value)s.") % {
        "day": day,
        "cause": cause.get_kind_display(),
        "number": number,
        "value": words_date(cause.value_on),
    }
