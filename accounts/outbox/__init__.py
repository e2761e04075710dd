"""Outgoing webhooks: what partners are told, at least once, in order per customer.

`announce` writes an event in the transaction of its effect; `delivering.py` brings it to the
endpoints that want it, signed (`signing.py`), to public addresses only (`addresses.py`).
docs/webhooks.md.
"""

from accounts.outbox.announcing import announce, announce_from
from accounts.outbox.choices import Event

__all__ = ["Event", "announce", "announce_from"]
