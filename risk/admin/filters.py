"""Filters of the ledgers' lists that the figures of the first page lead to."""

import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from billing.choices import DayStatus
from billing.models import BusinessDay
from risk.at_a_glance import BUCKETS, FIRST_DAYS


class DaysPastDueFilter(admin.SimpleListFilter):
    """Open episodes by their days past due at the last day closed, in the buckets of the book."""

    title = _("days past due")
    parameter_name = "dpd"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [(bucket, bucket.replace("-", "\N{EN DASH}")) for bucket in BUCKETS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in BUCKETS:
            return queryset
        last = BusinessDay.objects.filter(status=DayStatus.CLOSED).order_by("-on").first()
        if last is None:
            return queryset.none()
        number = BUCKETS.index(str(self.value()))
        resting = Q(frozen_dpd__isnull=False)
        counting = Q(frozen_dpd=None)
        if number:
            resting &= Q(frozen_dpd__gte=FIRST_DAYS[number])
            counting &= Q(oldest_due__lte=last.on - datetime.timedelta(days=FIRST_DAYS[number]))
        if number + 1 < len(BUCKETS):
            after = FIRST_DAYS[number + 1]
            resting &= Q(frozen_dpd__lt=after)
            counting &= Q(oldest_due__gt=last.on - datetime.timedelta(days=after))
        return queryset.filter(resting | counting, cured_on=None, reversed_on=None)
