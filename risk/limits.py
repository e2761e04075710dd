"""What of an assigned limit can be used (RULES, Money, Restrictions)."""

from decimal import ROUND_DOWN, Decimal

from risk.choices import Status

_CENT = Decimal("0.01")


def reduced(limit: Decimal, factor: Decimal) -> Decimal:
    """A share of a limit, rounded down to the cent."""
    return (limit * factor).quantize(_CENT, ROUND_DOWN)


def effective(assigned: Decimal, factor: Decimal, status: str) -> Decimal:
    """The effective limit of a line: nothing of a suspended one."""
    return Decimal("0.00") if status == Status.SUSPENDED else reduced(assigned, factor)


def available(effective: Decimal, used: Decimal) -> Decimal:
    """What is left of it after what is used or held, at least 0."""
    return max(effective - used, Decimal("0.00"))
