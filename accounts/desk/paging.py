"""Pages that begin after a row instead of after a number of rows, and counts that stop early.

An OFFSET reads everything it skips and a full COUNT reads the table; on a million customers
either takes longer than the page itself.
"""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from unfold.views import ChangeList

OLDER, NEWER = "older", "newer"
MOST_COUNTED = 1000
_BETWEEN = "_"


class KeysetChangeList(ChangeList):  # type: ignore[misc]
    """A list ordered newest first by the columns of `model_admin.keyset`, the last one unique."""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        for name in (OLDER, NEWER):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        found: dict[str, Any] = super().get_filters_params(params)
        return found

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        found: QuerySet[Any] = self.model_admin.listed(
            request, super().get_queryset(request, *args, **kwargs)
        )
        return found

    def get_results(self, request: HttpRequest) -> None:
        older, newer = request.GET.get(OLDER, ""), request.GET.get(NEWER, "")
        rows, more = self._page(older, newer)
        self.model_admin.furnish(request, rows)
        self.newer_url = self._turn(NEWER, rows[:1], bool(older) or bool(newer and more))
        self.older_url = self._turn(OLDER, rows[-1:], bool(newer) or more)
        self.multi_page = bool(self.newer_url or self.older_url)
        self.count, self.count_is = self._count(len(rows))
        self.result_list = rows
        self.result_count = self.count
        # The same, or the theme would offer to show all.
        self.full_result_count = self.count
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = False
        # Django's templates ask a paginator; it has this one page.
        self.paginator = Paginator(rows, max(len(rows), 1))
        self.page_num = 1

    def _page(self, older: str, newer: str) -> tuple[list[Model], bool]:
        """The rows of this page, newest first, and whether there are more in that direction."""
        columns = self.model_admin.keyset
        queryset: QuerySet[Any] = self.queryset.order_by(*(f"-{column}" for column in columns))
        if newer:
            queryset = queryset.filter(self._beyond(newer, "gt")).reverse()
        elif older:
            queryset = queryset.filter(self._beyond(older, "lt"))
        rows = list(queryset[: self.list_per_page + 1])
        more = len(rows) > self.list_per_page
        rows = rows[: self.list_per_page]
        return (rows[::-1] if newer else rows), more

    def _beyond(self, token: str, side: str) -> Q:
        """Rows on one side of the token's. The leading bound lets the index start there; a plain
        OR would read the index from its end."""
        columns = self.model_admin.keyset
        parts = token.split(_BETWEEN)
        if len(parts) != len(columns):
            raise IncorrectLookupParameters
        try:
            values = [self._parse(c, part) for c, part in zip(columns, parts, strict=True)]
        except (ValidationError, ValueError) as error:
            raise IncorrectLookupParameters from error
        if len(columns) == 1:
            return Q(**{f"{columns[0]}__{side}": values[0]})
        first, last = columns
        beyond = Q(**{f"{first}__{side}": values[0]}) | Q(**{f"{last}__{side}": values[1]})
        return Q(**{f"{first}__{side}e": values[0]}) & beyond

    def _parse(self, column: str, text: str) -> Any:
        meta = self.lookup_opts
        field = meta.pk if column == "pk" else meta.get_field(column)
        value = field.to_python(text)
        if isinstance(value, int) and abs(value) >= 2**63:
            raise ValueError("beyond a bigint")
        return value

    def _turn(self, direction: str, edge: list[Model], there: bool) -> str:
        if not there or not edge:
            return ""
        token = _BETWEEN.join(str(getattr(edge[0], column)) for column in self.model_admin.keyset)
        return str(self.get_query_string({direction: token}))

    def _count(self, shown: int) -> tuple[int, str]:
        """How many rows, and whether that is `exact`, `more` (than counted) or `about`."""
        if not self.multi_page:
            return shown, "exact"
        counted = self.queryset.order_by()[: MOST_COUNTED + 1].count()
        if counted <= MOST_COUNTED:
            return counted, "exact"
        if self.query or self.get_filters_params():
            return MOST_COUNTED, "more"
        estimate = estimated_rows(self.lookup_opts.db_table)
        return (estimate, "about") if estimate > MOST_COUNTED else (MOST_COUNTED, "more")


def estimated_rows(table: str) -> int:
    """What the last ANALYZE counted, to two significant digits; -1 before the first."""
    with connection.cursor() as cursor:
        cursor.execute("select reltuples::bigint from pg_class where oid = %s::regclass", [table])
        count = int(cursor.fetchone()[0])
    return round(count, 2 - len(str(count))) if count >= 100 else count
