"""The days after a package: forecast once it is carried out, with its plan kept."""

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
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            first = [
                {"on": found.days[0].on.isoformat(), "words": words, "tone": "good"}
                for words in headline(found)
            ]
            said[language] = first + [
                {"on": step.on.isoformat(), "words": step.words, "tone": step.tone}
                for step in tell(found)
            ]
    return said
