"""What a file is made of: headers, and parts of rows as text, in the order of the pages."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.utils import OperationalError
from django.http import HttpRequest, QueryDict

from accounts.desk import cells
from accounts.desk.export import columns
from accounts.desk.paging import KeysetChangeList, estimated_rows
from accounts.models import User

CHUNK = 2000
PERMISSION = "accounts.export_lists"
CLEAR_PERMISSION = "accounts.export_identity"
Lines = list[list[str]]


@dataclass(frozen=True)
class Table:
    """`of` is the list's name on the record, `name` the file's. `headers` and `parts` speak the
    language that is active when they are asked for. `exceeds(n)`: whether it has more than n rows;
    what cannot be told in time does."""

    of: str
    name: str
    headers: Callable[[], list[str]]
    parts: Callable[[], Iterator[Callable[[], Lines]]]
    exceeds: Callable[[int], bool]


Build = Callable[[HttpRequest], Table]
_builders: dict[str, Build] = {}


def register(of: str, build: Build) -> None:
    """A list that is no model's: how it is built for a request that may see it."""
    _builders[of] = build


def rebuilt(of: str, user: User, query: str, *, clear: bool = False) -> Table:
    """The table that a user asked for, in a process without their request.

    Raises PermissionDenied when they may no longer see it, LookupError when there is none."""
    request = HttpRequest()
    request.method, request.GET, request.user = "GET", QueryDict(query), user
    request._messages = _Silence()  # type: ignore[attr-defined]
    if of in _builders:
        return _builders[of](request)
    return of_list(admin.site._registry[apps.get_model(of)], request, clear=clear)


def of_list(site: Any, request: HttpRequest, *, clear: bool = False) -> Table:
    """Exactly what the list's filters and search leave; with `clear`, phone numbers whole. Raises
    PermissionDenied, or IncorrectLookupParameters for a filter that does not exist."""
    if not site.has_view_permission(request):
        raise PermissionDenied
    if clear and not request.user.has_perm(CLEAR_PERMISSION):
        raise PermissionDenied
    found = changelist(site, request)
    rows = found.rows()
    plan = columns.plan_of(site, clear=clear)
    return Table(
        of=site.opts.label_lower,
        name=site.opts.model_name,
        headers=lambda: cells.columns(site)[0],
        parts=lambda: _by_values(site, rows, plan) if plan else _by_rows(site, request, rows),
        exceeds=lambda most: _exceeds(found, site, rows, most),
    )


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


class _Silence:
    """For what a list would tell whoever looks at it."""

    def add(self, *args: Any, **kwargs: Any) -> None:
        pass


def changelist(site: Any, request: HttpRequest) -> Whole:
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


def _by_values(
    site: Any, rows: "QuerySet[Any]", plan: list[columns.FileColumn]
) -> Iterator[Callable[[], Lines]]:
    looks_up = any(column.looks_up for column in plan)
    names = [name for column in plan for name in column.fields]
    # The same value twice is asked for once; a row is laid out anew from what came.
    asked = list(dict.fromkeys(["pk", *names]))
    places = [asked.index(name) for name in names]
    straight = places == list(range(1, len(asked)))
    values = rows.select_related(None).prefetch_related(None).values_list(*asked)
    for part in _through_a_cursor(values):
        found = site.look_up([row[0] for row in part]) if looks_up else None
        if straight:
            laid = [row[1:] for row in part]
        else:
            laid = [tuple([row[place] for place in places]) for row in part]
        yield lambda laid=laid, found=found: columns.lines(plan, laid, found)  # type: ignore[misc]


def _by_rows(
    site: Any, request: HttpRequest, rows: "QuerySet[Any]"
) -> Iterator[Callable[[], Lines]]:
    made = cells.columns(site)[1]
    for part in _through_a_cursor(site.for_export(rows)):
        site.furnish(request, part)
        yield lambda part=part: [[cell(row) for cell in made] for row in part]  # type: ignore[misc]


def _through_a_cursor(rows: "QuerySet[Any, Any]") -> Iterator[list[Any]]:
    with transaction.atomic():
        _patience()
        found = cast("Generator[Any]", rows.iterator(chunk_size=CHUNK))
        with closing(found):
            while part := list(islice(found, CHUNK)):
                yield part


def _patience() -> None:
    """In this transaction only: a reader may be slower than a page is, and the first part of a
    filtered list may need the whole of it."""
    with connection.cursor() as cursor:
        cursor.execute("set local idle_in_transaction_session_timeout = '60s'")
        cursor.execute("set local statement_timeout = '60s'")


def _exceeds(found: Whole, site: Any, rows: "QuerySet[Any]", most: int) -> bool:
    if not (found.query or found.get_filters_params()):
        estimate = estimated_rows(site.opts.db_table)
        if estimate >= 0:
            return estimate > most
    try:
        with transaction.atomic():
            return rows.order_by()[: most + 1].count() > most
    except OperationalError:
        return True


__all__ = [
    "CHUNK",
    "PERMISSION",
    "IncorrectLookupParameters",
    "Table",
    "of_list",
    "rebuilt",
    "register",
]
