"""One list of everything that happened to a customer, newest first: facts, their consequences,
decisions of staff, corrections. What was taken back stays in it, struck through, with the reason.

A room adds its own kinds of events from its `AppConfig.ready`:

    timeline.register(
        timeline.Source(
            part="appeals",  # a key of timeline.PARTS: the filter it answers to
            sql='''select a.opened_on as "on", 70 as rank, 'appeal_opened' as kind, a.id,
                       jsonb_build_object('number', a.number, 'by', a.handled_by_id) as data
                     from appeals_appeal a where a.customer_id = %(customer)s''',
            tell={"appeal_opened": told},  # told(event, data, names) -> replace(event, title=...)
        )
    )

All sources are read in one statement; users named `by` or `decided_by` in the data are looked up
together, so that a page costs the same number of queries whatever is registered. A percent sign in
`sql` is written twice.
"""

from risk.timeline.credit import cause_words
from risk.timeline.events import Data, Event, Mark, Names, Page, booked
from risk.timeline.sources import PARTS, Source, parts, register
from risk.timeline.story import PAGE, page

__all__ = [
    "PAGE",
    "PARTS",
    "Data",
    "Event",
    "Mark",
    "Names",
    "Page",
    "Source",
    "announce",
    "booked",
    "cause_words",
    "page",
    "parts",
    "register",
]


def announce() -> None:
    """Register what this room and those below it tell."""
    from risk.timeline import bills, credit, debits, facts, marks, notices, promises, requests

    for module in (facts, bills, credit, requests, notices, marks, promises, debits):
        register(*module.SOURCES)
