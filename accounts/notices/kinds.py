"""Kinds of notices: rooms register theirs from `AppConfig.ready`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.functional import Promise

from accounts.notices.choices import Why
from accounts.notices.models import Notice


@dataclass(frozen=True)
class Text:
    """A subject and a body in the language of notice texts (`texts.py`)."""

    subject: str
    body: str


@dataclass(frozen=True)
class Dropped:
    """What `facts` gives for a notice that should not be sent any more."""

    why: Why = Why.OVER


Facts = Mapping[str, Any]
FactsOf = Callable[[Sequence[Notice]], Mapping[int, Facts | Dropped]]


def _as_queued(notices: Sequence[Notice]) -> Mapping[int, Facts | Dropped]:
    return {notice.pk: notice.context for notice in notices}


@dataclass(frozen=True)
class Kind:
    """One kind of notice.

    `variables`: what its text may name, with an example of each, as {name: example}; `name` (the
    customer's) and `lender` are always there. `texts`: the shipped text by language. `facts` gives
    the variables of a batch of notices at the moment of sending, by the notice's pk, or Dropped
    where the cause is over; each is asked in the customer's language (`notice.language`). Without
    it the context given to `queue` is used as it is. `mandatory`: the law demands it, so that only
    what silences everything holds it. `days`: it is of no use so many days after it was queued.
    """

    code: str
    label: str | Promise
    variables: Mapping[str, Any]
    texts: Mapping[str, Text]
    facts: FactsOf = field(default=_as_queued)
    mandatory: bool = False
    days: int = 7


ALWAYS: Mapping[str, str] = {"name": "王敏", "lender": "Fairline"}
_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Add kinds; a code that is known already is refused with ValueError, and so is a shipped
    text that does not hold (an unknown variable, too long)."""
    from accounts.notices.texts import check

    for kind in kinds:
        if kind.code in _kinds:
            raise ValueError(f"{kind.code} is registered already")
        if set(kind.texts) != {"en", "zh-hans"}:
            raise ValueError(f"{kind.code} needs its text in both languages")
        for text in kind.texts.values():
            check(text, kind.variables)
        _kinds[kind.code] = kind


def find(code: str) -> Kind | None:
    return _kinds.get(code)


def all_kinds() -> list[Kind]:
    return list(_kinds.values())


def texts_in(folder: Path, code: str) -> dict[str, Text]:
    """The shipped texts `CODE.en.txt` and `CODE.zh-hans.txt`: the first line is the subject."""
    found = {}
    for language in ("en", "zh-hans"):
        subject, _, body = (folder / f"{code}.{language}.txt").read_text("utf-8").partition("\n")
        found[language] = Text(subject.strip(), body.strip())
    return found
