"""What one trigger says."""

import datetime
from dataclasses import dataclass

from risk.explain.codes import ReasonCode


@dataclass(frozen=True)
class Evidence:
    """A row behind a reason: `model` is `app.model`, `pk` the row's; `text` names it."""

    text: str
    model: str = ""
    pk: int | None = None


@dataclass(frozen=True)
class Words:
    """What happened, what lifts it, when at the earliest (None: nobody can say), on what rows."""

    code: ReasonCode
    title: str
    happened: tuple[str, ...]
    lifts: tuple[str, ...]
    earliest: datetime.date | None
    evidence: tuple[Evidence, ...]
