"""Pages by cursor: nothing is counted, nothing is skipped when rows are added meanwhile."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination

_ROWS = re.compile(r"[1-9][0-9]{0,7}")


class Pages(CursorPagination):
    """`?cursor=` goes on, `?limit=` says how many (at most 200). `order` is the view's."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """Raises NotFound for a cursor that is none of ours: its place is text of the caller's."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError, DataError) as error:
            raise exceptions.NotFound(self.invalid_cursor_message) from error

    def get_page_size(self, request: Any) -> int | None:
        asked = request.query_params.get(self.page_size_query_param)
        if asked is not None and not _ROWS.fullmatch(asked):
            raise exceptions.ValidationError({"limit": _("A whole number from 1 on.")})
        return super().get_page_size(request)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for parameter in found:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] = {"type": "integer", "minimum": 1, "maximum": 99_999_999}
        return found

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        order: tuple[str, ...] = view.order
        return order
