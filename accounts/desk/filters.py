"""Filters of lists that more than one room needs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise


class SidesFilter(admin.SimpleListFilter):
    """Rows of one side or another: what each is called in the address, in words, and its rows."""

    sides: ClassVar[Mapping[str, tuple[str | Promise, Q]]] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [(name, words) for name, (words, _rows) in self.sides.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        side = self.sides.get(self.value() or "")
        return queryset.filter(side[1]) if side else queryset
