"""Whom a customer can turn to beyond the lender; a text by preset and language."""

import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from appeals.models import AppealRules
from risk.choices import PolicyStatus
from risk.models import PolicyVersion

_FILE: Final = Path(__file__).with_suffix(".yaml")
_ELSEWHERE: Final = "contract"


def authority(day: datetime.date, language: str) -> str:
    """Under the rules that are in force on a day."""
    texts = _texts()
    found: str = texts.get(_preset(day), texts[_ELSEWHERE])[language]
    return found


@cache
def _texts() -> dict[str, Any]:
    return dict(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def _preset(day: datetime.date) -> str:
    """The preset of the rules of appeals, else of the policy."""
    own = AppealRules.objects.filter(effective_from__lte=day).order_by("-effective_from")
    policy = PolicyVersion.objects.filter(
        status=PolicyStatus.PUBLISHED, effective_from__lte=day
    ).order_by("-effective_from")
    return (
        own.values_list("preset", flat=True).first()
        or policy.exclude(preset="").values_list("preset", flat=True).first()
        or _ELSEWHERE
    )
