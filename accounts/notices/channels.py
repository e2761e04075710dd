"""Ways to a customer beside the app; a later one is registered here and nothing else changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from accounts.notices.models import ContactPreference, Notice, NoticeAttempt


class NotTaken(Exception):
    """The other side did not take the message: it is known not to be sent. `later` says whether
    another attempt may succeed. Every other error leaves it unknown."""

    def __init__(self, message: str, *, later: bool) -> None:
        super().__init__(message)
        self.later = later


@dataclass(frozen=True)
class Carrier:
    """`is_on` whether this installation has it; `address` gives where to and how that is shown,
    or None where the customer left none; `send` returns when it was taken, or raises NotTaken."""

    channel: str
    is_on: Callable[[], bool]
    address: Callable[[ContactPreference], tuple[str, str] | None]
    send: Callable[[NoticeAttempt, Notice, str], None]


_carriers: dict[str, Carrier] = {}


def register(carrier: Carrier) -> None:
    _carriers[carrier.channel] = carrier


def carriers() -> Mapping[str, Carrier]:
    return _carriers


def wanted(preference: ContactPreference | None) -> list[tuple[str, str]]:
    """The channels by which a customer is sent a notice, each with its address as shown."""
    if preference is None:
        return []
    found = []
    for carrier in _carriers.values():
        if carrier.channel in preference.channels and carrier.is_on():
            address = carrier.address(preference)
            if address:
                found.append((carrier.channel, address[1]))
    return found
