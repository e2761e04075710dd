"""A customer's appeals on their own page, and a door to file another."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from appeals import eligibility
from appeals.desk import case, faces
from appeals.models import Appeal
from appeals.titles import titles
from risk.desk import panels

SHOWN = 10


def build(customer: Customer, request: HttpRequest) -> Mapping[str, Any]:
    """The newest appeals with their clocks; nothing for who is close to the customer."""
    user = request.user
    if isinstance(user, User) and eligibility.in_conflict(user, customer.pk):
        return {"hidden": True}
    rows = list(
        Appeal.objects.filter(customer=customer)
        .select_related("assigned_to")
        .order_by("-received_at", "-pk")[:SHOWN]
    )
    words, now = titles(rows), timezone.now()
    return {
        "count": sum(1 for row in rows if row.is_open) or "",
        "rows": [
            {
                "row": row,
                "title": words.get((row.subject_kind, row.subject_id or 0), ""),
                "tone": case.tone(row),
                "law": faces.law(row, now),
            }
            for row in rows
        ],
        "may_file": user.has_perm(eligibility.HANDLE),
    }


def announce() -> None:
    """Put the panel on the customer's page."""
    panels.register(
        panels.Panel(
            code="appeals",
            title=_("Appeals"),
            template="admin/appeals/of_customer.html",
            permission="appeals.view_appeal",
            build=build,
            rank=20,
        )
    )
