"""Pages by cursor: nothing is counted, nothing is skipped when rows are added meanwhile."""

from typing import Any

from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """`?cursor=` goes on, `?limit=` says how many (at most 200). `order` is the view's."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        order: tuple[str, ...] = view.order
        return order
