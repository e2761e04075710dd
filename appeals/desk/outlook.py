"""What the customer's next 90 days bring, run by the engine itself, for the usual suppositions."""

from typing import Any

from risk.explain.record import business_day, read
from risk.forecast import NoBook, draw, forecast, tell, usual


def shown(customer_id: int, code: str) -> dict[str, Any]:
    """The forecast of one supposition (`code`, the first by default) and the others to choose."""
    on = business_day(customer_id)
    if on is None:
        return {"choices": [], "drawing": None, "steps": []}
    choices = usual(read(customer_id, on))
    chosen = next((choice for choice in choices if choice.code == code), choices[0])
    try:
        found = forecast(customer_id, steps=chosen.steps, bills_on_time=chosen.bills_on_time)
    except NoBook:
        return {"choices": choices, "chosen": chosen, "drawing": None, "steps": []}
    return {"choices": choices, "chosen": chosen, "drawing": draw(found), "steps": tell(found)}
