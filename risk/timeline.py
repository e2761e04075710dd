"""One list of everything that happened to a customer, newest first: facts, their consequences,
decisions of staff, corrections. What was taken back stays in it, struck through, with the reason.
"""

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.desk.formats import money, percent, signed, words_date
from accounts.models import User
from billing.choices import BillOrigin, FactKind, Outcome, PlanStatus, Product
from billing.models import CreditLine
from risk.choices import Cause, DecisionKind, Effect, Trigger
from risk.explain.reasons import corrected
from risk.explain.record import because_of
from risk.models import Correction

PAGE = 30
PARTS = {
    "": gettext_lazy("Everything"),
    "facts": gettext_lazy("Facts"),
    "consequences": gettext_lazy("Consequences"),
    "decisions": gettext_lazy("Staff decisions"),
    "corrections": gettext_lazy("Corrections"),
}
Data = dict[str, Any]


class Mark(NamedTuple):
    """Where a page ends: the last row's day, rank within it, and id."""

    on: datetime.date
    rank: int
    id: int

    def __str__(self) -> str:
        return f"{self.on.isoformat()}_{self.rank}_{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Mark | None":
        """The mark as `str` wrote it; None for anything else."""
        try:
            on, rank, id_ = text.split("_")
            mark = cls(datetime.date.fromisoformat(on), int(rank), int(id_))
        except ValueError:
            return None
        return mark if 0 <= mark.rank < 100 and 0 <= mark.id < 2**63 else None


@dataclass(frozen=True)
class Event:
    """One row of the story. `model` and `pk` name the record; `at` is when it was booked."""

    on: datetime.date
    kind: str
    icon: str
    title: str
    detail: str = ""
    tone: str = ""
    by: str = ""
    reason: str = ""
    at: datetime.datetime | None = None
    booked_on: datetime.date | None = None
    struck: str = ""
    model: str = ""
    pk: int | None = None


@dataclass(frozen=True)
class Page:
    """Some of the story; `older` is where the next page begins, None at its end."""

    events: list[Event]
    older: Mark | None


@dataclass(frozen=True)
class _Names:
    """What ids of rows are called."""

    lines: Mapping[int, str]
    users: Mapping[int, str]
    causes: Mapping[str, Any]
    corrections: Mapping[tuple[str, int], Correction]

    def line(self, data: Data) -> str:
        return self.lines.get(data.get("line") or 0, "")


def page(
    customer_id: int,
    *,
    on: datetime.date,
    part: str = "",
    before: Mark | None = None,
    size: int = PAGE,
) -> Page:
    """Up to `size` events older than `before`; `part` is a key of PARTS.

    `on` is the customer's last open day: what is dated after it does not count yet, and says so.
    """
    rows = _rows(customer_id, part if part in PARTS else "", before, size + 1)
    more = len(rows) > size
    rows = rows[:size]
    names = _names(customer_id, rows)
    events = [_event(day, kind, pk, data, names) for day, _rank, kind, pk, data in rows]
    events = [_ahead(event) if event.on > on else event for event in events]
    last = rows[-1] if rows else None
    return Page(events, Mark(last[0], last[1], last[3]) if last and more else None)


def _rows(
    customer_id: int, part: str, before: Mark | None, limit: int
) -> list[tuple[datetime.date, int, str, int, Data]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _statement(),
            {
                "customer": customer_id,
                "part": part,
                "before_on": before and before.on,
                "before_rank": before and before.rank,
                "before_id": before and before.id,
                "limit": limit,
            },
        )
        return [
            (on, rank, kind, pk, json.loads(data)) for on, rank, kind, pk, data in cursor.fetchall()
        ]


@cache
def _statement() -> str:
    return (Path(__file__).parent / "sql" / "timeline.sql").read_text(encoding="utf-8")


def _names(customer_id: int, rows: Sequence[tuple[Any, ...]]) -> _Names:
    people = {row[4]["by"] for row in rows if row[4].get("by")}
    reversals = list(Correction.objects.filter(customer_id=customer_id).order_by("pk"))
    return _Names(
        lines={
            pk: str(Product(product).label)
            for pk, product in CreditLine.objects.filter(customer_id=customer_id).values_list(
                "pk", "product"
            )
        },
        users={u.pk: u.get_full_name() or u.username for u in User.objects.filter(pk__in=people)},
        causes=because_of(reversals),
        corrections={
            (row.subject, row.subject_id): row for row in reversals if row.act == "reversed"
        },
    )


def _event(on: datetime.date, kind: str, pk: int, data: Data, names: _Names) -> Event:
    event = _TELL[kind](Event(on=on, kind=kind, icon="circle", title=kind, pk=pk), data, names)
    if data.get("reversed_on"):
        row = names.corrections.get((_SUBJECT.get(kind, ""), pk))
        event = replace(event, struck=corrected(row, names.causes))
    return event


def _ahead(event: Event) -> Event:
    note = _("counts once its day is open")
    return replace(event, detail=f"{event.detail} · {note}" if event.detail else note)


_SUBJECT = {
    "episode_opened": "episode",
    "episode_severe": "episode",
    "episode_cured": "episode",
    "point": "point",
    "alert_opened": "alert",
    "alert_closed": "alert",
    "restricted": "restriction",
    "released": "restriction",
}


# -- facts and decisions -----------------------------------------------------------------


def _fact(event: Event, data: Data, names: _Names) -> Event:
    kind = FactKind(data["kind"])
    about = data["number"] or data["bill"] or ""
    amount = money(Decimal(data["amount"])) if data["amount"] else ""
    details = [names.line(data)]
    if kind == FactKind.BILL:
        due = words_date(datetime.date.fromisoformat(data["due_on"]))
        details.append(_("due on %(day)s") % {"day": due})
    if data["outcome"]:
        details.append(str(Outcome(data["outcome"]).label))
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
    return _booked(event, data, names)


def _decision(event: Event, data: Data, names: _Names) -> Event:
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
    return _booked(event, data, names)


def _booked(event: Event, data: Data, names: _Names) -> Event:
    booked_on = datetime.date.fromisoformat(data["booked_on"])
    return replace(
        event,
        by=names.users.get(data["by"] or 0, ""),
        reason=data["reason"],
        at=datetime.datetime.fromisoformat(data["at"]),
        booked_on=booked_on if booked_on != event.on else None,
    )


# -- consequences ------------------------------------------------------------------------


def _bill(event: Event, data: Data, names: _Names) -> Event:
    due = words_date(datetime.date.fromisoformat(data["due_on"]))
    return replace(
        event,
        icon="request_quote",
        title=_("Bill %(number)s issued: %(amount)s, due on %(due)s")
        % {"number": data["number"], "amount": money(Decimal(data["amount"])), "due": due},
        detail=f"{names.line(data)} · {BillOrigin(data['origin']).label}",
        model="billing.bill",
    )


def _fees(event: Event, data: Data, names: _Names) -> Event:
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


def _episode_opened(event: Event, data: Data, names: _Names) -> Event:
    title = _("%(line)s: overdue") % {"line": names.line(data)}
    return replace(event, icon="schedule", tone="bad", title=title, model="risk.episode")


def _episode_severe(event: Event, data: Data, names: _Names) -> Event:
    title = _("%(line)s: seriously overdue") % {"line": names.line(data)}
    return replace(event, icon="priority_high", tone="bad", title=title, model="risk.episode")


def _episode_cured(event: Event, data: Data, names: _Names) -> Event:
    title = _("%(line)s: no longer overdue") % {"line": names.line(data)}
    return replace(event, icon="check_circle", tone="good", title=title, model="risk.episode")


def _point(event: Event, data: Data, names: _Names) -> Event:
    return replace(
        event,
        icon="trending_up" if data["points"] > 0 else "trending_down",
        tone="good" if data["points"] > 0 else "warn",
        title=_("Score %(points)s: %(cause)s")
        % {
            "points": signed(data["points"]),
            "cause": cause_words(data["cause"], data["threshold"]),
        },
        model="risk.point",
    )


def cause_words(cause: str, threshold: int) -> str:
    """Why points were given, with their milestone: `8 days past due`."""
    texts: dict[str, Callable[[], str]] = {
        Cause.PAST_DUE: lambda: ngettext(
            "%(n)s day past due reached", "%(n)s days past due reached", threshold
        ),
        Cause.REPEAT: lambda: ngettext(
            "Overdue for the %(n)s time within a year",
            "Overdue %(n)s times within a year",
            threshold,
        ),
        Cause.CLEAN: lambda: ngettext(
            "%(n)s day without arrears", "%(n)s days without arrears", threshold
        ),
        Cause.TENURE: lambda: ngettext(
            "%(n)s year as a customer", "%(n)s years as a customer", threshold
        ),
    }
    if cause in texts:
        return texts[cause]() % {"n": threshold}
    return str(Cause(cause).label)


def _alert_opened(event: Event, data: Data, names: _Names) -> Event:
    title = _("Alert %(code)s: %(points)s points lost") % data
    return replace(
        event, icon="notification_important", tone="bad", title=title, model="risk.alert"
    )


def _alert_closed(event: Event, data: Data, names: _Names) -> Event:
    title = _("Alert %(code)s closed") % data
    return replace(event, icon="notifications_off", tone="good", title=title, model="risk.alert")


def _restricted(event: Event, data: Data, names: _Names) -> Event:
    if data["effect"] == Effect.SUSPEND:
        text = _("%(line)s suspended: %(why)s")
    else:
        text = _("%(line)s reduced to %(share)s: %(why)s")
    figures = {
        "line": names.line(data),
        "why": Trigger(data["trigger"]).label,
        "share": percent(Decimal(data["factor"])),
    }
    return replace(
        event,
        icon="lock",
        tone="bad" if data["effect"] == Effect.SUSPEND else "warn",
        title=text % figures,
        model="risk.restriction",
    )


def _released(event: Event, data: Data, names: _Names) -> Event:
    figures = {"line": names.line(data), "why": Trigger(data["trigger"]).label}
    return replace(
        event,
        icon="lock_open",
        tone="good",
        title=_("%(line)s: restriction lifted (%(why)s)") % figures,
        model="risk.restriction",
    )


def _plan_ended(event: Event, data: Data, names: _Names) -> Event:
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


def _correction(event: Event, data: Data, names: _Names) -> Event:
    text = ngettext(
        "Correction: %(n)s consequence taken back",
        "Correction: %(n)s consequences taken back",
        data["taken_back"],
    )
    cause = names.causes.get(data["because_of"])
    detail = ""
    if cause is not None:
        detail = _("because of %(kind)s %(number)s, which counts from %(day)s") % {
            "kind": cause.get_kind_display(),
            "number": cause.number or cause.bill_number or "",
            "day": words_date(cause.value_on),
        }
    return replace(
        event,
        icon="history",
        tone="info",
        title=text % {"n": data["taken_back"]},
        detail=detail,
        at=datetime.datetime.fromisoformat(data["at"]),
        model="",
    )


_ICONS = {
    FactKind.REPAY: "payments",
    FactKind.REVERSE: "undo",
    FactKind.PURCHASE: "shopping_bag",
    FactKind.DRAW: "account_balance_wallet",
    FactKind.REFUND: "currency_exchange",
    FactKind.WAIVE: "money_off",
    FactKind.PLAN: "event_note",
    FactKind.LIMIT: "tune",
}

_TELL: Mapping[str, Callable[[Event, Data, _Names], Event]] = {
    "fact": _fact,
    "decision": _decision,
    "bill": _bill,
    "fees": _fees,
    "episode_opened": _episode_opened,
    "episode_severe": _episode_severe,
    "episode_cured": _episode_cured,
    "point": _point,
    "alert_opened": _alert_opened,
    "alert_closed": _alert_closed,
    "restricted": _restricted,
    "released": _released,
    "plan_ended": _plan_ended,
    "correction": _correction,
}
