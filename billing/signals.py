"""The one signal of the house: a fact was booked, inside its transaction.

Sent with `fact` (a billing.Fact) by billing's operations; risk listens and assesses. Rooms below
never look up: that is why this is a signal and not a call.
"""

from django.dispatch import Signal

fact_booked = Signal()
