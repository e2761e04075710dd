"""The first page: find a customer, last night, the newest restrictions."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from billing.admin.report import Report
from billing.models import BusinessDay, Quarantine
from risk.models import Restriction

NEWEST = 8


def context(request: HttpRequest, shown: dict[str, Any]) -> dict[str, Any]:
    """What the page shows this person; each part costs a bounded read."""
    may = request.user.has_perm
    shown["title"] = _("Start")
    if may("billing.view_businessday"):
        day = BusinessDay.objects.order_by("-on").first()
        shown |= {
            "day": day,
            "report": Report(day) if day else None,
            "no_book": not Customer.objects.exists(),
        }
    if may("billing.view_quarantine"):
        shown["in_quarantine"] = Quarantine.objects.filter(released_at=None).count()
    if may("risk.view_restriction"):
        newest = Restriction.objects.filter(reversed_on=None).order_by("-from_on", "-pk")
        shown["newest"] = newest.select_related("customer", "line")[:NEWEST]
    return shown
