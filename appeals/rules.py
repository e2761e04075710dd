"""The figures that appeals go by: clocks, terms, thresholds. Data, none is code.

Periods named `days` are calendar days in the book's time zone; `hours` are hours of the working
calendar. A book that has published none goes by the preset of its policy.
"""

import datetime
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from django.utils.translation import gettext as _
from pydantic import BeforeValidator, ValidationError, model_validator

from appeals.choices import Kind
from appeals.models import AppealRules
from billing.terms import Document, Figures, TermsError, reasons, whole_between
from risk.choices import PolicyStatus
from risk.models import PolicyVersion

PRESETS: Final = Path(__file__).resolve().parent / "presets"
DEFAULT: Final = "cn"


def _whole(low: int, high: int) -> BeforeValidator:
    return BeforeValidator(lambda value: whole_between(value, low, high))


def _list(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise ValueError("is no list")
    return tuple(value)


Days = Annotated[int, _whole(1, 3650)]
Hours = Annotated[int, _whole(1, 2000)]
Percent = Annotated[int, _whole(1, 100)]
Count = Annotated[int, _whole(1, 100_000)]


class Legal(Figures):
    """`days` to answer; `extended` and `at_most` days in all, where the law lets it be extended.

    The second extension needs a senior's approval; each is told to the customer.
    """

    days: Days
    extended: Days | None = None
    at_most: Days | None = None

    @model_validator(mode="after")
    def grows(self) -> "Legal":
        stages = [self.days, *(n for n in (self.extended, self.at_most) if n is not None)]
        if sorted(set(stages)) != stages or (self.at_most and not self.extended):
            raise ValueError(_("each extension is longer than the one before it"))
        return self

    def stage(self, n: int) -> int | None:
        """Days from receipt after `n` extensions; None where there is no such extension."""
        return (self.days, self.extended, self.at_most)[n]


class LegalClocks(Figures):
    appeal: Legal
    objection: Legal
    complaint: Legal
    hardship: Legal

    def of(self, kind: str) -> Legal:
        found: Legal = getattr(self, Kind(kind).value)
        return found


class Service(Figures):
    """What we promise beyond the law, in hours of the working calendar."""

    calendar: str
    first_answer_hours: Hours
    decide_hours: Hours


class Waiting(Figures):
    """How long the customer has to answer, and again after the reminder; then it expires."""

    days: Days
    after_reminder_days: Days


class Evidence(Figures):
    """How much may be sent with one appeal."""

    files: Annotated[int, _whole(1, 50)]
    megabytes: Annotated[int, _whole(1, 50)]


class Overturned(Figures):
    """From what share of granted causes on a rule is named to the risk analyst."""

    window_days: Days
    min_cases: Count
    percent: Percent


class Rules(Figures):
    """One version, whole."""

    legal: LegalClocks
    alarms: Annotated[tuple[Days, ...], BeforeValidator(_list)]
    service: Service
    waiting: Waiting
    review_days: Days
    evidence: Evidence
    overturned: Overturned

    @model_validator(mode="after")
    def alarms_fall(self) -> "Rules":
        if not self.alarms or sorted(set(self.alarms), reverse=True) != list(self.alarms):
            raise ValueError(_("alarms: days left, falling, each once"))
        return self

    def document(self) -> Document:
        return self.model_dump(mode="json")


class RulesError(TermsError):
    """A document that does not hold; `errors` is (path, reason) pairs."""


def load(document: object) -> Rules:
    """Raise RulesError naming each path that is wrong."""
    if not isinstance(document, Mapping):
        raise RulesError([("", "is no mapping")])
    try:
        return Rules.model_validate(dict(document))
    except ValidationError as error:
        raise RulesError(reasons(error)) from error


@cache
def preset(name: str) -> Rules:
    """The rules that the product ships under a name; the default's where it has none."""
    file = PRESETS / f"{name}.yaml"
    if not (name.isascii() and name.isalnum() and file.exists()):
        file = PRESETS / f"{DEFAULT}.yaml"
    document: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    return load(document)


def rules_on(day: datetime.date) -> Rules:
    """The rules in force on a day."""
    version = AppealRules.objects.filter(effective_from__lte=day).order_by("-effective_from")
    document = version.values_list("document", flat=True).first()
    return load(document) if document is not None else preset(_preset_of_policy(day))


def _preset_of_policy(day: datetime.date) -> str:
    """The preset of the policy that is in force; the first one's before it."""
    known = PolicyVersion.objects.filter(status=PolicyStatus.PUBLISHED).exclude(preset="")
    names = known.order_by("-effective_from").values_list("preset", flat=True)
    return names.filter(effective_from__lte=day).first() or names.last() or DEFAULT
