"""What customers are told of their bills, plans and restrictions.

`telling.py` says at the end of a day or a fact what is to be told; `kinds.py` is the list of kinds
with their texts; `facts.py` gives their facts at the moment of sending, from the same explanations
as the desk and the customer's own page.
"""


def announce() -> None:
    """Register the kinds of this room."""
    from accounts.notices import register
    from risk.notices import kinds, silences

    register(*kinds.KINDS)
    silences.announce()
