"""The days after a package: forecast once it is carried out, with its plan kept."""

import datetime
from typing import Any

from django.conf import settings
from django.utils import translation

from accounts.models import Customer
from appeals.remedies.package import Package
from appeals.remedies.plans import RepaymentPlan
from risk.forecast import Forecast, NoBook, Repay, forecast, tell
from risk.forecast.words import headline

DAYS = 90


def with_the_plan_kept(package: Package, customer: Customer) -> Forecast | None:
    """The customer's next days; call once the package is carried out (and may be taken back)."""
    steps = [
        Repay(remedy.product, part.amount, part.due_on)
        for remedy in package.remedies
        if isinstance(remedy, RepaymentPlan)
        for part in remedy.instalments
    ]
    try:
        return forecast(customer.pk, steps=steps, days=DAYS)
    except NoBook:
        return None


def told(found: Forecast) -> dict[str, list[dict[str, Any]]]:
    """The dated steps by language, as JSON keeps them; first what is free again and when."""
    said = {}
    restricted = [x.product for x in found.now.lines if found.now.restricted(x.product)]
    tones = ["bad" if found.free_on(product) is None else "good" for product in restricted]
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            first = [
                _step(found.days[0].on, words, tone)
                for words, tone in zip(headline(found), tones, strict=True)
            ]
            said[language] = first + [
                _step(step.on, step.words, step.tone)
                for step in tell(found)
                if step.on <= found.last.on
            ]
    return said


def _step(on: datetime.date, words: str, tone: str) -> dict[str, Any]:
    return {"on": on.isoformat(), "words": words, "tone": tone}
