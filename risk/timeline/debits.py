"""Auto-debit: mandates given and ended, and what was tried under them."""

from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.desk.formats import money
from billing.choices import DebitState
from risk.timeline.events import Data, Event, Names, booked
from risk.timeline.sources import Source, sql_of

_LOOKS = {DebitState.OK: "good", DebitState.ASKED: "info", DebitState.VOID: "info"}


def _given(event: Event, data: Data, names: Names) -> Event:
    title = _("Debit mandate given: %(account)s") % {"account": data["account"]}
    event = replace(event, icon="contract_edit", title=title, detail=names.line(data))
    return booked(event, data, names)


def _ended(event: Event, data: Data, names: Names) -> Event:
    title = _("Debit mandate ended: %(account)s") % {"account": data["account"]}
    event = replace(event, icon="contract_delete", tone="info", title=title)
    return booked(replace(event, detail=names.line(data)), data, names)


def _tried(event: Event, data: Data, names: Names) -> Event:
    state = DebitState(data["state"])
    figures = {
        "n": data["n"],
        "amount": money(Decimal(data["amount"])),
        "state": state.label,
    }
    title = _("Auto-debit of %(amount)s, attempt %(n)s: %(state)s") % figures
    tone = _LOOKS.get(state, "warn")
    return replace(event, icon="sync_alt", tone=tone, title=title, detail=names.line(data))


SOURCES = (
    Source(
        "facts",
        sql_of("debits"),
        {"mandate_given": _given, "mandate_ended": _ended, "debit_tried": _tried},
    ),
)
