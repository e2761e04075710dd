"""Lists by cursor."""

from collections.abc import Sequence
from typing import Any

from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from accounts.api.paging import Pages
from accounts.api.views import CustomerView


class Paged(CustomerView, GenericAPIView[Any]):
    """A list by cursor; `see` turns its rows into what is shown."""

    pagination_class = Pages
    order: Sequence[str] = ("-pk",)

    def rows(self) -> Any:
        raise NotImplementedError

    def see(self, rows: list[Any]) -> Sequence[Any]:
        return rows

    def page(self) -> Response:
        rows = self.paginate_queryset(self.rows()) or []
        shown = self.get_serializer(self.see(list(rows)), many=True)
        return self.get_paginated_response(shown.data)
