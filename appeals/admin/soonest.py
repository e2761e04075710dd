"""A list whose first row is the one that is due first, in pages that begin after a row."""

from typing import Any

from django.db.models import Model, QuerySet

from accounts.desk.paging import KeysetChangeList


class SoonestFirst(KeysetChangeList):
    """Ordered by `model_admin.keyset`, rising: the next page is of what is due later."""

    def _page(self, older: str, newer: str) -> tuple[list[Model], bool]:
        queryset: QuerySet[Any] = self.queryset.order_by(*self.model_admin.keyset)
        if newer:
            queryset = queryset.filter(self._beyond(newer, "lt")).reverse()
        elif older:
            queryset = queryset.filter(self._beyond(older, "gt"))
        rows = list(queryset[: self.list_per_page + 1])
        more = len(rows) > self.list_per_page
        rows = rows[: self.list_per_page]
        return (rows[::-1] if newer else rows), more
