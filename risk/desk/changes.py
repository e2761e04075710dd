"""What happened to a customer since a preview was shown: both values, by whom, when."""

import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.acts import find
from accounts.desk import stale
from accounts.desk.formats import money
from accounts.models import Customer, StaffAct, User
from billing.choices import FactKind
from billing.models import Fact
from risk.desk import acts

MOST = 20


def shown(before: dict[str, Any]) -> str:
    """The state that a preview began from, with the moment, for a hidden field."""
    return stale.token({"before": before, "at": timezone.now().isoformat()})


def since(customer: Customer, text: str, now: dict[str, Any]) -> stale.Stale:
    """The figures that differ from those shown, and who acted since; at least the latter is known
    only for a preview of ours."""
    seen = stale.shown(text)
    if seen is None:
        return stale.Stale([])
    moment = parse_datetime(seen["at"]) or timezone.now()
    return stale.Stale(_figures(seen["before"], now), _acts(customer, moment))


def _figures(before: dict[str, Any], now: dict[str, Any]) -> list[stale.Difference]:
    found = [
        stale.Difference(f"{name}: {row.what}", str(row.before), str(row.after))
        for name, rows in acts.table(before, now)
        for row in rows
        if row.differs
    ]
    opened, lifted = acts.opened_and_lifted(before, now)
    found += [stale.Difference(words, "\N{EN DASH}", "\N{CHECK MARK}") for words, _code in opened]
    found += [stale.Difference(words, "\N{CHECK MARK}", "\N{EN DASH}") for words, _code in lifted]
    return found


def _acts(customer: Customer, moment: datetime.datetime) -> list[stale.Change]:
    """Acts of staff, and facts that came otherwise, oldest first."""
    done = StaffAct.objects.filter(customer=customer, done_at__gte=moment)
    changes = [
        stale.Change(row.done_at, _name(row.done_by), _label(row.act), row.words)
        for row in done.select_related("done_by").order_by("pk")[:MOST]
    ]
    # A fact that an act booked stands with the act already.
    facts = Fact.objects.filter(
        Q(booked_by=None) | ~Q(booked_by__in=[row.done_by_id for row in done]),
        customer=customer,
        booked_at__gte=moment,
    )
    changes += [
        stale.Change(row.booked_at, _name(row.booked_by), _fact(row), row.reason)
        for row in facts.select_related("booked_by").order_by("pk")[:MOST]
    ]
    return sorted(changes, key=lambda change: change.at)


def _label(code: str) -> str:
    act = find(code)
    return str(act.label) if act else code


def _fact(fact: Fact) -> str:
    label = str(FactKind(fact.kind).label)
    return f"{label} {money(fact.amount)}" if fact.amount else label


def _name(user: User | None) -> str:
    return "" if user is None else user.get_full_name() or user.username
