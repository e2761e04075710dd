"""The first page: find a customer, last night, the book at a glance, the newest restrictions."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from billing.admin.report import Report
from billing.choices import DayStatus
from billing.models import BusinessDay, Quarantine
from risk.desk.glance import Glance
from risk.desk.queues import queues
from risk.models import Restriction

NEWEST = 8


def context(request: HttpRequest, shown: dict[str, Any]) -> dict[str, Any]:
    """What the page shows this person; each part costs a bounded read."""
    assert isinstance(request.user, User)  # the admin lets nobody else in
    may = request.user.has_perm
    shown["title"] = _("Start")
    if may("billing.view_businessday"):
        # A day that is being opened has nothing to report: the one before it has.
        newest = list(BusinessDay.objects.order_by("-on")[:2])
        told = [day for day in newest if day.status != DayStatus.OPENING]
        shown |= {
            "day": told[0] if told else None,
            "report": Report(told[0]) if told else None,
            "unclosed": newest[0] if newest and newest[0].status != DayStatus.CLOSED else None,
            "no_book": not newest and not Customer.objects.exists(),
        }
    if may("billing.view_quarantine"):
        shown["in_quarantine"] = Quarantine.objects.filter(released_at=None).count()
    glance = Glance(request.user)
    shown |= {"glance": glance, "queues": queues(glance)}
    if may("risk.view_restriction"):
        newest_rows = Restriction.objects.filter(reversed_on=None).order_by("-from_on", "-pk")
        shown["newest"] = newest_rows.select_related("customer", "line")[:NEWEST]
    return shown
