"""A list as a CSV file: the rows that its filters and its search leave, all of them.

The rows come through a cursor of the database, some thousands at a time, so that a million of
them take no more memory than a page; the rows of a part get their computed columns together, as
those of a page do. What identifies a person is in the file as it is on the list: masked, also for
those who may see it in clear one by one.

An export is two rows in the record: one before the first line leaves, one at the end with the
number of rows. A file whose server died has only the first.
"""

import csv
import io
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice
from typing import Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.utils import timezone, translation

from accounts import crypto
from accounts.desk.cells import Cell, columns, safe
from accounts.desk.paging import NEWER, OLDER, KeysetChangeList
from accounts.models import User
from accounts.traces import Export, ExportState

PERMISSION = "accounts.export_lists"
CHUNK = 2000
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}".encode()  # or Excel takes UTF-8 for something else
MOST_NOTED = 2000
_SEARCH = "q"
_DIGITS = re.compile(r"(?<![\w.-])\+?[0-9](?:[ -]?[0-9])*[Xx]?(?!\w)")
# Short numbers are searched for in `q` alone; elsewhere they are dates and ids.
_SECRET_FROM = {_SEARCH: 7}
_SECRET_ELSEWHERE = 11


class Whole(KeysetChangeList):
    """The list with the same filters and search, none of its rows read and none counted."""

    def get_results(self, request: HttpRequest) -> None:
        self.result_list = []
        self.result_count = self.full_result_count = 0
        self.can_show_all = self.multi_page = False

    def rows(self) -> "QuerySet[Any]":
        """All rows, in the order of the pages."""
        found: QuerySet[Any] = self.queryset.order_by(*(f"-{c}" for c in self.model_admin.keyset))
        return found


def name(site: Any) -> str:
    return f"{site.opts.app_label}_{site.opts.model_name}_export"


def address(site: Any, request: HttpRequest) -> str:
    """Where the list as it is filtered now is exported; empty for those who may not."""
    if not request.user.has_perm(PERMISSION):
        return ""
    query = _query(request).urlencode()
    return reverse(f"admin:{name(site)}") + (f"?{query}" if query else "")


def view(site: Any, request: HttpRequest) -> HttpResponseBase:
    """By POST alone: each export leaves a record, which a stray link must not."""
    if not (site.has_view_permission(request) and request.user.has_perm(PERMISSION)):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        rows = site.for_export(_changelist(site, request).rows())
    except IncorrectLookupParameters:
        return HttpResponseRedirect(
            reverse(f"admin:{site.opts.app_label}_{site.opts.model_name}_changelist") + "?e=1"
        )
    assert isinstance(request.user, User)
    begun = Export.objects.create(
        by=request.user,
        of=site.opts.label_lower,
        filters=noted(_query(request)),
        state=ExportState.BEGUN,
    )
    day = timezone.localdate().isoformat()
    return StreamingHttpResponse(
        stream(site, request, rows, begun),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{site.opts.model_name}-{day}.csv"'},
    )


def stream(
    site: Any, request: HttpRequest, rows: "QuerySet[Any]", begun: Export
) -> Iterator[bytes]:
    """The file in parts; at its end, also when the reader leaves, the second row of the record."""
    language = translation.get_language() or "en"
    headers, cells = _in(language, lambda: columns(site))
    written, state = 0, ExportState.BROKEN_OFF
    try:
        yield BOM + _lines([headers])
        with transaction.atomic():
            _patience()
            found = cast("Generator[Any]", rows.iterator(chunk_size=CHUNK))
            with closing(found):
                while part := list(islice(found, CHUNK)):
                    site.furnish(request, part)
                    yield _in(language, lambda part=part: _part(part, cells))
                    written += len(part)
        state = ExportState.WHOLE
    finally:
        Export.objects.create(
            by_id=begun.by_id,
            of=begun.of,
            filters=begun.filters,
            state=state,
            ends=begun,
            rows=written,
        )


def noted(query: QueryDict) -> str:
    """The filters as the record keeps them: a phone or ID number that was searched for, masked."""
    pairs = [(key, value) for key, values in query.lists() for value in values]
    text = "&".join(f"{key}={_hidden(key, value)}" for key, value in pairs)
    return text.replace("\x00", "")[:MOST_NOTED]


def _hidden(key: str, value: str) -> str:
    least = _SECRET_FROM.get(key, _SECRET_ELSEWHERE)

    def cut(match: re.Match[str]) -> str:
        digits = re.sub(r"[ +-]", "", match.group(0))
        if len(digits) < least:
            return match.group(0)
        return crypto.mask(digits, len(digits) // 4, 2)

    return _DIGITS.sub(cut, value)


def _query(request: HttpRequest) -> QueryDict:
    """What the address of a list says, but for the page that is looked at."""
    query = request.GET.copy()
    for key in (OLDER, NEWER):
        query.pop(key, None)
    return query


def _changelist(site: Any, request: HttpRequest) -> Whole:
    """As the admin makes a list of its own."""
    return Whole(
        request,
        site.model,
        site.get_list_display(request),
        None,
        site.get_list_filter(request),
        site.date_hierarchy,
        site.get_search_fields(request),
        site.get_list_select_related(request),
        site.list_per_page,
        site.list_max_show_all,
        (),
        site,
        site.get_sortable_by(request),
        site.search_help_text,
    )


def _patience() -> None:
    """In this transaction only: a reader may be slower than a page is, and the first part of a
    filtered list may need the whole of it."""
    with connection.cursor() as cursor:
        cursor.execute("set local idle_in_transaction_session_timeout = '60s'")
        cursor.execute("set local statement_timeout = '60s'")


def _part(rows: list[Any], cells: list[Cell]) -> bytes:
    return _lines([[cell(row) for cell in cells] for row in rows])


def _lines(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([safe(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _in(language: str, make: Any) -> Any:
    """Words in the reader's language: parts are made after the request's own has ended."""
    with translation.override(language):
        return make()
