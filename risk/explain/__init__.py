"""Why a line is restricted, in plain words: what happened, which rule of which policy, what it
does to the limit, what lifts it, and when at the earliest.

`record.py` reads what the reasons rest on, in a constant number of queries; `outlook.py` looks
ahead where time alone changes something; `triggers.py` has one function a trigger. The words are
the same for staff and for the customer; what only staff may see is left to their page.
"""

from risk.explain.codes import ReasonCode
from risk.explain.reasons import Explanation, Reason, explain, standing
from risk.explain.words import Evidence

__all__ = ["Evidence", "Explanation", "Reason", "ReasonCode", "explain", "standing"]
