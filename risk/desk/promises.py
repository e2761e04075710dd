"""Promises to pay on the customer's page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from billing import promises
from billing.choices import PromiseStatus
from billing.models import PromiseToPay
from risk.desk.panels import Panel, register

TONES = {
    PromiseStatus.OPEN: "info",
    PromiseStatus.KEPT: "good",
    PromiseStatus.PARTLY_KEPT: "warn",
    PromiseStatus.BROKEN: "bad",
}


@dataclass(frozen=True)
class Row:
    promise: PromiseToPay

    @property
    def tone(self) -> str:
        return TONES.get(PromiseStatus(self.promise.state.status), "")


def build(customer: Customer, request: HttpRequest) -> Mapping[str, Any]:
    """The customer's promises with how they stand, newest first; one query."""
    rows = [Row(promise) for promise in promises.of_customer(customer.pk)]
    still = sum(row.promise.state.status == PromiseStatus.OPEN for row in rows)
    return {"rows": rows, "count": still or "", "hidden": not rows}


def announce() -> None:
    register(
        Panel(
            code="promises",
            title=_("Promises to pay"),
            template="admin/accounts/customer/promises.html",
            permission="billing.view_promisetopay",
            build=build,
        )
    )
