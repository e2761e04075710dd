"""What was booked: facts of money and decisions of staff, with who booked them and why."""

import datetime
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.desk.formats import money, words_date
from billing.choices import FactKind, Held, Outcome
from risk.choices import DecisionKind
from risk.timeline.events import Data, Event, Names, booked
from risk.timeline.sources import Source, sql_of

_ICONS = {
    FactKind.REPAY: "payments",
    FactKind.REVERSE: "undo",
    FactKind.PURCHASE: "shopping_bag",
    FactKind.DRAW: "account_balance_wallet",
    FactKind.REFUND: "currency_exchange",
    FactKind.WAIVE: "money_off",
    FactKind.PLAN: "event_note",
    FactKind.LIMIT: "tune",
    FactKind.END_PLAN: "event_busy",
    FactKind.HOLD: "pause_circle",
    FactKind.RELEASE_HOLD: "play_circle",
    FactKind.DUE_DAY: "edit_calendar",
    FactKind.PAYOUT: "output",
    FactKind.WRITE_OFF: "playlist_remove",
    FactKind.SETTLE: "task_alt",
}


def _fact(event: Event, data: Data, names: Names) -> Event:
    kind = FactKind(data["kind"])
    about = data["number"] or data["bill"] or ""
    amount = money(Decimal(data["amount"])) if data["amount"] else ""
    details = [names.line(data)]
    if kind == FactKind.BILL:
        due = words_date(datetime.date.fromisoformat(data["due_on"]))
        details.append(_("due on %(day)s") % {"day": due})
    if data["outcome"]:
        details.append(str(Outcome(data["outcome"]).label))
    details += _forbearance(data)
    if kind == FactKind.WRITE_OFF:
        details.append(_("off the books; the customer owes it as before"))
    event = replace(
        event,
        icon=_ICONS.get(kind, "receipt_long"),
        title=" ".join(part for part in (str(kind.label), about, amount) if part),
        detail=" · ".join(part for part in details if part),
        model="billing.fact",
    )
    if data["undone_by"]:
        day = words_date(datetime.date.fromisoformat(data["undone_on"]))
        event = replace(
            event, struck=_("Reversed on %(day)s: it counts as never made.") % {"day": day}
        )
    return booked(event, data, names)


def _forbearance(data: Data) -> Iterator[str]:
    """What is held, of which bills and until when; the plan a waiver hangs on; the due day."""
    for held in data["holds"] or ():
        yield str(Held(held).label)
    yield from data["bills"] or () if data["holds"] else ()
    if data["until_on"]:
        until = words_date(datetime.date.fromisoformat(data["until_on"]))
        yield _("until %(day)s") % {"day": until}
    if data["plan"]:
        yield _("on condition of the plan %(number)s") % {"number": data["plan"]}
    if data["draw"]:
        yield _("of the loan %(number)s") % {"number": data["draw"]}
    if data["due_day"]:
        yield _("due on day %(day)s of the month") % {"day": data["due_day"]}


def _decision(event: Event, data: Data, names: Names) -> Event:
    kind = DecisionKind(data["kind"])
    about = data["code"] or data["number"] or data["bill"] or ""
    details = [names.line(data)]
    if data["until_on"]:
        until = words_date(datetime.date.fromisoformat(data["until_on"]))
        details.append(_("until %(day)s") % {"day": until})
    event = replace(
        event,
        icon="gavel",
        tone="info",
        title=f"{kind.label} {about}".strip(),
        detail=" · ".join(part for part in details if part),
        model="risk.decision",
    )
    return booked(event, data, names)


SOURCES = (
    Source("facts", sql_of("facts"), {"fact": _fact}),
    Source("decisions", sql_of("decisions"), {"decision": _decision}),
)
