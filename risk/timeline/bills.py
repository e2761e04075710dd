"""What followed in money: bills, late fees, plans that ended."""

import datetime
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.desk.formats import money, words_date
from billing.choices import BillOrigin, PlanStatus
from risk.timeline.events import Data, Event, Names
from risk.timeline.sources import Source, sql_of


def _bill(event: Event, data: Data, names: Names) -> Event:
    due = words_date(datetime.date.fromisoformat(data["due_on"]))
    return replace(
        event,
        icon="request_quote",
        title=_("Bill %(number)s issued: %(amount)s, due on %(due)s")
        % {"number": data["number"], "amount": money(Decimal(data["amount"])), "due": due},
        detail=f"{names.line(data)} · {BillOrigin(data['origin']).label}",
        model="billing.bill",
    )


def _fees(event: Event, data: Data, names: Names) -> Event:
    text = ngettext(
        "Late fees of %(amount)s on bill %(number)s (%(days)s day)",
        "Late fees of %(amount)s on bill %(number)s (%(days)s days)",
        data["days"],
    )
    figures = {
        "amount": money(Decimal(data["amount"])),
        "number": data["number"],
        "days": data["days"],
    }
    return replace(event, icon="percent", tone="warn", title=text % figures, model="billing.bill")


def _plan_ended(event: Event, data: Data, names: Names) -> Event:
    status = PlanStatus(data["status"])
    return replace(
        event,
        icon="event_busy" if status == PlanStatus.BROKEN else "event_available",
        tone={PlanStatus.BROKEN: "bad", PlanStatus.COMPLETED: "good"}.get(status, ""),
        title=_("Repayment plan %(number)s: %(status)s")
        % {"number": data["number"], "status": status.label},
        detail=names.line(data),
        model="billing.plan",
    )


SOURCES = (
    Source(
        "consequences", sql_of("bills"), {"bill": _bill, "fees": _fees, "plan_ended": _plan_ended}
    ),
)
