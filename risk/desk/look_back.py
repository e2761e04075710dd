"""As it was on a day: the customer from what was booked by then, beside what is known now."""

import datetime
from dataclasses import dataclass
from typing import Any

from accounts.models import Customer
from risk import rules
from risk.desk import acts, page
from risk.engine.as_of import as_of, learned_later


@dataclass(frozen=True)
class LookBack:
    """`then` is the page of that day; `effect` compares it with what is known of it now."""

    then: page.Standing
    changed_since: datetime.date | None
    effect: dict[str, Any] | None

    @property
    def differs(self) -> bool:
        return self.effect is not None


def look_back(customer: Customer, on: datetime.date) -> LookBack:
    """The customer at the end of `on`, a day that is open. Nothing is written."""
    then, state = _seen(customer, on, known_by=on)
    changed = learned_later(customer.pk, on)
    effect = None
    if changed is not None:
        _, now = _seen(customer, on, known_by=datetime.date.max)
        effect = acts.effect(state, now) if now != state else None
    return LookBack(then, changed, effect)


def _seen(
    customer: Customer, on: datetime.date, known_by: datetime.date
) -> tuple[page.Standing, dict[str, Any]]:
    with as_of(
        customer.pk, on, known_by=known_by, first=customer.opened_on, rulebook=rules.current()
    ):
        return page.standing(customer, on), acts.state(customer.pk, on)
