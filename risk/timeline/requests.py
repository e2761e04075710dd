"""What staff asked another to approve, and how it was decided. An act that was done stands in the
list as the fact or decision it booked."""

import datetime
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.acts import find
from accounts.desk.formats import money
from accounts.staff_acts import RequestStatus
from risk.timeline.events import Data, Event, Names
from risk.timeline.sources import Source, sql_of


def _asked(event: Event, data: Data, names: Names) -> Event:
    return replace(
        event,
        icon="approval",
        tone="info",
        title=_("Approval requested: %(act)s") % {"act": _what(data)},
        detail=_amount(data),
        by=names.user(data),
        reason=data["words"],
        at=datetime.datetime.fromisoformat(data["at"]),
        model="accounts.actrequest",
    )


def _decided(event: Event, data: Data, names: Names) -> Event:
    status = RequestStatus(data["status"])
    return replace(
        event,
        icon="check_circle" if status == RequestStatus.APPROVED else "block",
        tone="good" if status == RequestStatus.APPROVED else "warn",
        title=_("Request %(status)s: %(act)s")
        % {"status": str(status.label).lower(), "act": _what(data)},
        detail=_amount(data),
        by=names.user(data, "decided_by"),
        reason=data["words"],
        at=datetime.datetime.fromisoformat(data["at"]),
        model="accounts.actrequest",
    )


def _what(data: Data) -> str:
    act = find(data["act"])
    return str(act.label) if act else str(data["act"])


def _amount(data: Data) -> str:
    amount = Decimal(data["amount"])
    return money(amount) if amount else ""


SOURCES = (
    Source(
        "decisions",
        sql_of("requests"),
        {"act_requested": _asked, "act_decided": _decided},
    ),
)
