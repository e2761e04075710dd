"""Where the story takes its events from: a registry that rooms above risk add to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from risk.timeline.events import Data, Event, Names

PARTS = {
    "": _("Everything"),
    "facts": _("Facts"),
    "consequences": _("Consequences"),
    "decisions": _("Staff decisions"),
    "notices": _("Notices"),
    "appeals": _("Appeals"),
    "corrections": _("Corrections"),
}

Tell = Callable[[Event, Data, Names], Event]


@dataclass(frozen=True)
class Source:
    """Some kinds of events.

    `part` is a key of PARTS. `sql` selects the rows of `%(customer)s` as ("on" date, rank int,
    kind text, id bigint, data jsonb), in this order; of one kind, id is unique. An instant is a
    day by `at time zone %(zone)s`. `rank` orders a day, 0 to 99: 10
    bills, 50 facts, 55 decisions, 80 releases. `tell` puts a row of each kind in words.
    `subjects` names, by kind, what a Correction of the row is about.
    """

    part: str
    sql: str
    tell: Mapping[str, Tell]
    subjects: Mapping[str, str] = field(default_factory=dict)


_sources: list[Source] = []


def register(*sources: Source) -> None:
    """Add sources; a kind that is known already is refused with ValueError."""
    for source in sources:
        if source.part not in PARTS:
            raise ValueError(f"{source.part} is no part of the timeline")
        if known := source.tell.keys() & tellers().keys():
            raise ValueError(f"told already: {', '.join(sorted(known))}")
        _sources.append(source)


def all_sources(part: str = "") -> list[Source]:
    """Those of one part, or all."""
    return [source for source in _sources if part in ("", source.part)]


def parts() -> dict[str, object]:
    """The parts that have a source, by key, as the page's filter shows them."""
    told = {"", *(source.part for source in _sources)}
    return {key: words for key, words in PARTS.items() if key in told}


def tellers() -> dict[str, Tell]:
    return {kind: tell for source in _sources for kind, tell in source.tell.items()}


def subject(kind: str) -> str:
    return next((s.subjects[kind] for s in _sources if kind in s.subjects), "")


def sql_of(name: str) -> str:
    """The text of `risk/sql/timeline/NAME.sql`."""
    folder = Path(__file__).resolve().parent.parent / "sql" / "timeline"
    return (folder / f"{name}.sql").read_text(encoding="utf-8")
