"""The text of a decision letter, in the customer's language: the same for preview and record."""

import datetime
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy

from accounts import operations as accounts_operations
from appeals.choices import Result
from appeals.letters.authorities import authority
from appeals.models import Appeal, AppealDecision, ContestedCause
from appeals.remedies import Package, outlook
from appeals.titles import titles

#: Of the days to come, the letter names at most so many.
MOST_STEPS = 12

_RESULTS = {
    Result.GRANTED: gettext_lazy("Your appeal is granted."),
    Result.PARTLY: gettext_lazy("Your appeal is granted in part."),
    Result.DECLINED: gettext_lazy("Your appeal is declined."),
}


@dataclass(frozen=True)
class Cause:
    """What was found of one contested cause."""

    label: str
    granted: bool
    found: str


@dataclass(frozen=True)
class Content:
    """What a letter says; texts in the customer's language."""

    appeal: Appeal
    result: str
    asked: str
    found: str
    reasons: str
    changes: str
    further: str
    dated_on: datetime.date
    granted: Sequence[Sequence[str]] = ()
    causes: Sequence[Cause] = ()
    steps: Sequence[dict[str, Any]] = field(default_factory=tuple)


def content_of(decision: AppealDecision) -> Content:
    """From a decision that was made; its remedies have been carried out."""
    appeal = decision.appeal
    package = Package.load(decision.package) if decision.package else None
    language = language_of(appeal)
    with translation.override(language):
        rows = [row for row in appeal.causes.order_by("position") if row.result]
        words = titles(rows)
        causes = [_cause(row, words[(row.subject_kind, row.subject_id)]) for row in rows]
        granted = package.says() if package else []
    return Content(
        appeal=appeal, result=decision.result, asked=decision.asked, found=decision.found,
        reasons=decision.reasons, changes="" if granted else decision.changes,
        further=decision.further, dated_on=decision.decided_on, granted=granted, causes=causes,
        steps=_steps(package, appeal, language),
    )  # fmt: skip


def html(content: Content) -> str:
    """The letter as an HTML article, without style or script: the record."""
    language = language_of(content.appeal)
    with translation.override(language):
        return render_to_string(
            "appeals/letters/letter.html",
            {
                "letter": content,
                "customer": content.appeal.customer,
                "lender": settings.LENDER,
                "language": language,
                "result": _RESULTS[Result(content.result)],
                "declined": content.result != Result.GRANTED,
                "authority": authority(content.dated_on, language),
                "package": content.granted,
            },
        )


def hash_of(text: str) -> str:
    """SHA-256 of exactly this text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def language_of(appeal: Appeal) -> str:
    """The language of the appeal, where it is one of ours."""
    known = [code for code, _name in settings.LANGUAGES]
    return appeal.language if appeal.language in known else settings.LANGUAGE_CODE


def _cause(row: ContestedCause, words: str) -> Cause:
    """Named as on the page of the appeal: which restriction, which fee."""
    return Cause(
        label=words,
        granted=row.result == Result.GRANTED,
        found=row.found,
    )


def _steps(package: Package | None, appeal: Appeal, language: str) -> list[dict[str, Any]]:
    """What changes when, if the plan is kept: dated, from the forecast of this moment."""
    if package is None:
        return []
    found = outlook.with_the_plan_kept(package, appeal.customer)
    rows = outlook.told(found)[language] if found else []
    return [{**row, "on": datetime.date.fromisoformat(row["on"])} for row in rows[:MOST_STEPS]]


def rehearsed(appeal: Appeal, decide: Callable[[], None]) -> str:
    """The letter of a decision that is made and taken back. Raises what `decide` raises."""
    with transaction.atomic():
        accounts_operations.lock(appeal.customer_id)
        decide()
        found = AppealDecision.objects.select_related("appeal__customer").get(appeal=appeal)
        text = html(content_of(found))
        transaction.set_rollback(True)
    return text
