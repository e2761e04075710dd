"""Schedules of repayment plans: how a total is split over months. Pure arithmetic.

Amounts are exact decimals in the currency's major unit; every part is at least a cent and they
sum to the total. A part is due each month on the day of the first one, or on the month's last
day where the month has no such day.
"""

import datetime
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

from django.utils.translation import gettext as _

from accounts.acts import Refused
from accounts.desk.formats import money
from billing.engine.steps import in_month

MOST_PARTS = 60

_CENT = Decimal("0.01")

Schedule = list[tuple[datetime.date, Decimal]]


class NoSchedule(Refused):
    """The total cannot be paid like that; the message says why and what could be."""


def schedule_by_parts(total: Decimal, parts: int, first_due: datetime.date) -> Schedule:
    """Equal monthly parts, rounded down to the cent; the last takes what is left over.

    Raises NoSchedule if a part would be nothing.
    """
    each = (total / parts).quantize(_CENT, ROUND_DOWN) if parts > 0 else Decimal(0)
    if each <= 0:
        raise NoSchedule(
            _("%(total)s cannot be paid in %(n)s parts") % {"total": total, "n": parts}
        )
    return _monthly([each] * (parts - 1) + [total - each * (parts - 1)], first_due)


def schedule_by_amount(
    total: Decimal, monthly: Decimal, first_due: datetime.date, most: int = MOST_PARTS
) -> Schedule:
    """What can be afforded each month; the last part is what then remains.

    Raises NoSchedule if the total or the monthly amount is nothing, or if that takes more than
    `most` months: the message then says the least amount that does not.
    """
    if total <= 0 or monthly < _CENT:
        raise NoSchedule(
            _("%(total)s cannot be paid in parts of %(monthly)s")
            % {"total": money(total), "monthly": money(monthly)}
        )
    full, rest = divmod(total, monthly)
    if full + (rest > 0) > most:
        raise NoSchedule(
            _("at %(monthly)s a month it would take more than %(n)s months; at least %(least)s")
            % {"monthly": money(monthly), "n": most, "least": money(least_amount(total, most))}
        )
    return _monthly([monthly] * int(full) + ([rest] if rest else []), first_due)


def least_amount(total: Decimal, most: int = MOST_PARTS) -> Decimal:
    """The least monthly amount that pays the total within `most` months."""
    return (total / most).quantize(_CENT, ROUND_CEILING)


def _monthly(amounts: list[Decimal], first_due: datetime.date) -> Schedule:
    return [(_months_after(first_due, n), amount) for n, amount in enumerate(amounts)]


def _months_after(day: datetime.date, months: int) -> datetime.date:
    index = day.year * 12 + day.month - 1 + months
    return in_month(datetime.date(index // 12, index % 12 + 1, 1), day.day)
