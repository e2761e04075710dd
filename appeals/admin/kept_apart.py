"""Lists without the customers that a member of staff is close to."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.desk.records import ReadOnlyAdmin
from accounts.models import User
from appeals import eligibility


class KeptApart(ReadOnlyAdmin):
    """A list of rows with a `customer`; the page of each refuses by itself."""

    def listed(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        close = eligibility.conflicts_of(cast(User, request.user)).values("customer")
        return super().listed(request, queryset).exclude(customer__in=close)
