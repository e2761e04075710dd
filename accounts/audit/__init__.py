"""One list of what staff did, saw, took away and changed, and of how they came in.

A room adds what it keeps itself from its `AppConfig.ready`:

    audit.register(
        audit.Source(
            code="appeal",                 # its kinds begin with it: "appeal.decided"
            part="acts",                   # a key of audit.PARTS
            tables="appeals_decision x",
            at="x.decided_at", id="x.id", customer="x.customer_id", actor="x.decided_by_id",
            kind="x.outcome",
            data="jsonb_build_object('words', x.words)",
            kinds=lambda: dict(Outcome.choices),
            tell=told,                     # told(entry, data, names) -> replace(entry, title=...)
        )
    )

`at` needs an index with `id`, newest first; the page reads no more of a source than it shows.
"""

from accounts.audit.entries import Change, Data, Entry, Mark, Names
from accounts.audit.page import Asked, Page, entries, page
from accounts.audit.sources import PARTS, Source, all_sources, register

__all__ = [
    "PARTS",
    "Asked",
    "Change",
    "Data",
    "Entry",
    "Mark",
    "Names",
    "Page",
    "Source",
    "all_sources",
    "announce",
    "entries",
    "page",
    "register",
]


def announce() -> None:
    """Register what this room keeps."""
    from accounts.audit import changes, own

    register(*own.SOURCES, *changes.SOURCES)
