"""The usual questions about a customer, with the steps that each supposes."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.choices import Product
from risk.explain.record import Record
from risk.forecast.steps import Repay, Step


@dataclass(frozen=True)
class Choice:
    """One question: `code` names it in addresses; `amount` is what it costs today."""

    code: str
    label: str | Promise
    steps: tuple[Step, ...] = ()
    bills_on_time: bool = True
    payments: tuple[Repay, ...] = field(default=())

    @property
    def amount(self) -> Decimal:
        return sum((step.amount for step in self.payments), Decimal(0))


def usual(record: Record) -> list[Choice]:
    """Nothing, the overdue part, everything: what makes a difference for this customer today."""
    found = [Choice("nothing", _("I pay nothing"), bills_on_time=False)]
    overdue = _repay(record, overdue_part)
    everything = _repay(record, outstanding)
    if overdue:
        found.append(Choice("overdue", _("I pay what is overdue today"), overdue, True, overdue))
    if everything and everything != overdue:
        found.append(Choice("all", _("I pay everything today"), everything, True, everything))
    if not overdue:
        found.append(Choice("on_time", _("I pay each bill when it is due")))
    return found


def overdue_part(record: Record, line_id: int) -> Decimal:
    """What has to be repaid to a line today so that nothing of it is overdue any more."""
    episodes = [e for e in record.open_episodes() if e.line_id == line_id]
    return max((record.to_cure(episode) for episode in episodes), default=Decimal(0))


def outstanding(record: Record, line_id: int) -> Decimal:
    """What has to be repaid to a line today so that no issued bill of it owes anything."""
    line = record.lines[line_id]
    owed: Decimal = line["outstanding"] - line["credit"]
    return max(owed, Decimal(0))


def _repay(record: Record, amount: Callable[[Record, int], Decimal]) -> tuple[Repay, ...]:
    amounts = [(line_id, amount(record, line_id)) for line_id in in_order(record)]
    return tuple(
        Repay(record.lines[line_id]["product"], owed, record.on)
        for line_id, owed in amounts
        if owed > 0
    )


def in_order(record: Record) -> Sequence[int]:
    """The customer's lines in the order of the products."""
    order = list(Product)
    return sorted(record.lines, key=lambda pk: order.index(Product(record.lines[pk]["product"])))


def suppose(record: Record, product: str, amount: Decimal, on: datetime.date) -> Choice:
    """A repayment of the customer's own making."""
    step = Repay(product, amount, max(on, record.on))
    return Choice("own", _("I pay this"), (step,), True, (step,))
