"""Debit mandates on the customer's page."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from billing.models import Mandate
from risk.desk.panels import Panel, register

MOST = 20


def build(customer: Customer, request: HttpRequest) -> Mapping[str, Any]:
    """The customer's mandates with their ends, newest first; one query."""
    rows = Mandate.objects.filter(customer=customer).select_related("line", "given_by", "end__by")
    found = list(rows.order_by("-given_at", "-pk")[:MOST])
    standing = sum(not hasattr(row, "end") for row in found)
    return {"rows": found, "count": standing or "", "hidden": not found}


def announce() -> None:
    register(
        Panel(
            code="mandates",
            title=_("Debit mandates"),
            template="admin/accounts/customer/mandates.html",
            permission="billing.view_mandate",
            build=build,
            rank=55,
        )
    )
