"""What a package would do: it is done and taken back, so what is shown is what the engine does."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts import operations as accounts_operations
from accounts.models import Customer, User
from appeals.remedies import outlook
from appeals.remedies.carry_out import carry_out
from appeals.remedies.package import Package
from risk.desk.acts import look
from risk.forecast import Forecast


@dataclass(frozen=True)
class Preview:
    """How the customer stands before and after, what it costs the lender, and the days to come
    if the plan is kept and bills are paid when due; None where no day is open yet."""

    before: dict[str, Any]
    after: dict[str, Any]
    cost: Decimal
    forecast: Forecast | None

    def data(self) -> dict[str, Any]:
        """As JSON keeps it with an offer; the days to come told in both languages."""
        return {
            "before": self.before,
            "after": self.after,
            "told": outlook.told(self.forecast) if self.forecast else {},
        }


def rehearse(package: Package, *, customer: Customer, by: User | None, on: datetime.date) -> None:
    """Whether it could be carried out now: raises NotCarriedOut if not, and does nothing."""
    with transaction.atomic():
        carry_out(package, customer=customer, by=by, on=on, name="~", words="~")
        transaction.set_rollback(True)


def preview(package: Package, *, customer: Customer, by: User | None, on: datetime.date) -> Preview:
    """Raises NotCarriedOut if it could not be carried out now."""
    with transaction.atomic():
        accounts_operations.lock(customer.pk)
        before = look(customer.pk)
        carry_out(package, customer=customer, by=by, on=on, name="~", words="~")
        after = look(customer.pk)
        forecast = outlook.with_the_plan_kept(package, customer)
        transaction.set_rollback(True)
    return Preview(before, after, package.cost, forecast)
