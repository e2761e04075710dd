"""The decision of an appeal: cause by cause, with reasons, and what is granted done with it."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.desk.formats import words_date
from accounts.models import User
from appeals import holds, notices, rules
from appeals.choices import Ask, Ground, Result
from appeals.clocks import legal
from appeals.letters import operations as letters
from appeals.models import Appeal, AppealDecision, ContestedCause
from appeals.operations import actors, moving
from appeals.operations.actors import AppealRefused, By
from appeals.operations.ending import ended
from appeals.operations.handling import at_rest
from appeals.operations.thread import first_answer
from appeals.remedies import Package, carry_out


@dataclass(frozen=True)
class Finding:
    """What was found of one contested cause, and whether that is granted."""

    cause: ContestedCause
    granted: bool
    ground: str
    found: str


def decide(
    *,
    appeal: Appeal,
    reasons: str,
    findings: Sequence[Finding] = (),
    result: str = "",
    found: str = "",
    changes: str = "",
    package: Package | None = None,
    by: User,
    at: datetime.datetime,
    on: datetime.date,
    approved_by: User | None = None,
    version: int | None = None,
) -> AppealDecision:
    """Decide an appeal: a finding for each contested cause, or a `result` and what was `found`
    where it contests none. What the `package` grants is carried out in the same transaction.

    Who may grant how much alone is decided by accounts/authority.py (appeals/acts.py); declining
    needs one person. Raises remedies.NotCarriedOut, and then nothing is done.
    """
    with moving.locked(appeal, by=by, version=version) as (row, who):
        moving.require(row, "decide", who)
        if approved_by is not None:
            actors.require_free(approved_by, row)
        outcome = _result(row, findings, result)
        told = _found(findings, found)
        _check(outcome, reasons, told, changes, package)
        if package is not None:
            # What a hold kept from arising today belongs to what is granted.
            holds.release(row, on=on, by=by, reason=_("decided"))
            carry_out(package, customer=row.customer, by=by, on=on, name=row.number, words=reasons)
        _write_findings(findings)
        moving.move(
            row, "decide", who=who, by=by, at=at, why=reasons, result=outcome, **at_rest(),
            **first_answer(row, who, at),
        )  # fmt: skip
        return _record(
            row, result=outcome, found=told, reasons=reasons, changes=changes,
            package=package.data() if package else {},
            amount=package.cost if package else Decimal(0), decided_by=by,
            approved_by=approved_by, by=by, at=at, on=on,
        )  # fmt: skip


def settle(
    *,
    appeal: Appeal,
    found: str,
    reasons: str,
    changes: str,
    package: Package,
    decided_by: User,
    by: By,
    at: datetime.datetime,
    on: datetime.date,
    result: str = Result.GRANTED,
    approved_by: User | None = None,
    findings: Sequence[Finding] = (),
) -> AppealDecision:
    """An offer was accepted and carried out, in this same transaction: the appeal ends with it.

    `by` is who brought it about (the customer who accepted, the approver, the system),
    `decided_by` who made the offer.
    """
    staff = isinstance(by, User) and by.is_staff
    with moving.locked(appeal, by=None if staff else by) as (row, who):
        if isinstance(by, User) and by.is_staff:
            who = actors.require_approver(by)
            actors.require_free(by, row)
        if result == Result.DECLINED:
            raise AppealRefused(_("An accepted offer grants something."))
        _write_findings(findings)
        moving.move(row, "settle", who=who, by=by, at=at, why=reasons, result=result, **at_rest())
        return _record(
            row, result=result, found=found, reasons=reasons, changes=changes,
            package=package.data(), amount=package.cost, decided_by=decided_by,
            approved_by=approved_by, by=by, at=at, on=on,
        )  # fmt: skip


def _result(appeal: Appeal, findings: Sequence[Finding], result: str) -> Result:
    causes = set(ContestedCause.objects.filter(appeal=appeal).values_list("pk", flat=True))
    if {finding.cause.pk for finding in findings} != causes or len(findings) != len(causes):
        raise AppealRefused(_("Every cause that is contested is decided, each once."))
    if not causes:
        if result not in Result.values:
            raise AppealRefused(_("Say whether it is granted."))
        return Result(result)
    granted = [finding.granted for finding in findings]
    if all(granted):
        return Result.GRANTED
    return Result.PARTLY if any(granted) else Result.DECLINED


def _found(findings: Sequence[Finding], found: str) -> str:
    return "\n".join(
        text for text in [found.strip(), *(finding.found.strip() for finding in findings)] if text
    )


def _check(result: Result, reasons: str, found: str, changes: str, package: Package | None) -> None:
    if not found.strip():
        raise AppealRefused(_("Say what was found."))
    if not reasons.strip():
        raise AppealRefused(_("Give the specific reasons."))
    if result == Result.DECLINED and package is not None:
        raise AppealRefused(_("What is declined changes nothing."))
    if result != Result.DECLINED and package is None and not changes.strip():
        raise AppealRefused(_("Say what changes, or grant something that changes it."))


def _write_findings(findings: Sequence[Finding]) -> None:
    for finding in findings:
        if finding.ground not in Ground.values or not finding.found.strip():
            raise AppealRefused(_("Each cause needs its ground and what was found."))
        ContestedCause.objects.filter(pk=finding.cause.pk).update(
            result=Result.GRANTED if finding.granted else Result.DECLINED,
            ground=finding.ground,
            found=finding.found.strip(),
        )


def _record(
    appeal: Appeal,
    *,
    result: str,
    found: str,
    reasons: str,
    changes: str,
    package: dict[str, Any],
    amount: Decimal,
    decided_by: User,
    approved_by: User | None,
    by: By,
    at: datetime.datetime,
    on: datetime.date,
) -> AppealDecision:
    decision = AppealDecision.objects.create(
        appeal=appeal,
        result=result,
        asked=_asked(appeal),
        found=found.strip(),
        reasons=reasons.strip(),
        changes=changes.strip() or _granted(appeal, package),
        further=_further(appeal, result, at),
        package=package,
        amount=amount,
        decided_on=on,
        decided_at=at,
        decided_by=decided_by,
        approved_by=approved_by,
    )
    ended(appeal, on=on, by=by, at=at, why=_("decided"))
    notices.decided(appeal, at=at)
    letters.send_soon(decision)
    return decision


def _asked(appeal: Appeal) -> str:
    with translation.override(appeal.language):
        asks = [str(Ask(ask).label) for ask in appeal.asks]
    return "\n".join([*asks, appeal.words])


def _granted(appeal: Appeal, package: dict[str, Any]) -> str:
    """What the package grants, in the customer's language."""
    if not package:
        return ""
    with translation.override(appeal.language):
        return "\n".join(line for said in Package.load(package).says() for line in said)


def _further(appeal: Appeal, result: str, at: datetime.datetime) -> str:
    """How to go further, in the customer's language."""
    if result == Result.GRANTED:
        return ""
    with translation.override(appeal.language):
        if appeal.second_review_of_id:
            return _("This is the decision of the second review. You can turn to the supervisory "
                     "authority or to a court.")  # fmt: skip
        today = timezone.localdate(at)
        until = legal.due_on(today, rules.rules_on(today).review_days)
        return _("You can ask for a second review by somebody else until %(day)s.") % {
            "day": words_date(until)
        }
