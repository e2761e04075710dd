"""The base of every list and record that the desk shows and nobody edits there."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.admin import ShowFacets
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path
from unfold.admin import ModelAdmin

from accounts.desk import saved
from accounts.desk.export import clear
from accounts.desk.export import views as export
from accounts.desk.export.columns import FileColumn
from accounts.desk.paging import KeysetChangeList
from accounts.models import Customer


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Facts are booked and consequences computed, so that neither has a form: also a superuser
    who may do everything else can only look at them here."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()
    keyset: tuple[str, ...] = ("pk",)
    #: References of a row that the list shows: one query each for the whole page.
    shows: tuple[str, ...] = ()
    change_list_template = "admin/desk/list.html"
    change_form_template = "admin/desk/record.html"
    list_before_template: str | None = "admin/desk/of_customer.html"
    empty_words: Any = ""
    #: How a file writes the columns that are computed; see accounts/desk/export/columns.py.
    file_columns: Mapping[str, FileColumn] = {}
    #: Those of them that are masked, whole: for a file with a reason of its own (export/clear.py).
    clear_columns: Mapping[str, FileColumn] = {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.prefetch_related(*(self._reference(name) for name in self.shows))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if term and (rows := self.meant(term)) is not None:
            return queryset.filter(rows), False
        found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, term)
        return found

    def meant(self, term: str) -> Q | None:
        """The rows that a search means, through their keys; None for Django's own search of
        `search_fields`."""
        return None

    def listed(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """What this person's list and file have of it, beside what they may open."""
        return queryset

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[str]:
        return [field.name for field in self.opts.fields if field.editable]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        shown = {
            "of_customer": self._of_customer(request),
            "empty_words": self.empty_words,
            "export_url": export.address(self, request),
            "clear_url": (
                export.address(self, request, "_clear") if clear.may(request, self) else ""
            ),
            **saved.shown(self, request),
        }
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def furnish(self, request: HttpRequest, rows: list[Any]) -> None:
        """Give the rows of one page what their columns need, in a constant number of queries."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.export_view)
        own = [path("export/", view, name=export.name(self))]
        if self.clear_columns:
            in_clear = self.admin_site.admin_view(self.clear_view)
            own.append(path("export/clear/", in_clear, name=f"{export.name(self)}_clear"))
        return [*own, *saved.paths(self), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        return export.view(self, request)

    def clear_view(self, request: HttpRequest) -> HttpResponseBase:
        return clear.view(self, request)

    def look_up(self, pks: list[Any]) -> Any:
        """What columns of a file with `looks_up` need, for the rows of a part together."""

    def for_export(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows as a file reads them; a list leaves out what is costly and not shown."""
        return rows

    def _reference(self, name: str) -> Any:
        if name != "customer":
            return name
        # Without the columns that would have to be decrypted.
        return Prefetch(name, Customer.objects.only("pk", "number", "name"))

    def _of_customer(self, request: HttpRequest) -> Customer | None:
        text = request.GET.get("customer", "")
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            return None
        return Customer.objects.only("pk", "number", "name").filter(pk=int(text)).first()


class OwnPage:
    """For a ModelAdmin whose rows have a page of their own in place of Django's form."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        site: Any = self
        if object_id is None or not site.has_view_permission(request):
            raise PermissionDenied
        found = site.get_object(request, object_id)
        if found is None:
            raise Http404
        return self.record_page(request, found)

    def record_page(self, request: HttpRequest, found: Any) -> HttpResponse:
        """The page of one row, for whoever may see rows like it."""
        raise NotImplementedError
