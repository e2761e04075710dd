"""Saved filters beside the search of every list."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import (
    EmptyResultSet,
    FieldError,
    PermissionDenied,
    SuspiciousOperation,
    ValidationError,
)
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _

from accounts.desk.export import tables
from accounts.models import SavedFilter, User
from accounts.saved import operations
from accounts.saved.operations import NotSaved


def shown(site: Any, request: HttpRequest) -> dict[str, Any]:
    """What the list's template needs: the filters that the reader has here."""
    user = request.user
    assert isinstance(user, User)  # the admin lets nobody else in
    rows = list(operations.of(user, site.opts.label_lower)[: 2 * operations.MOST])
    now = operations.cleaned(request.GET.urlencode())
    for row in rows:
        row.own = row.owner_id == user.pk  # type: ignore[attr-defined]
        row.here = row.query == now  # type: ignore[attr-defined]
    return {
        "saved_filters": rows,
        "saved_url": reverse(f"admin:{_name(site)}"),
        "saved_query": now,
        "may_share": user.has_perm(operations.SHARE),
    }


def paths(site: Any) -> list[Any]:
    guard = site.admin_site.admin_view
    return [
        path("saved/", guard(lambda request: save_view(site, request)), name=_name(site)),
        path(
            "saved/<int:pk>/",
            guard(lambda request, pk: one_view(site, request, pk)),
            name=f"{_name(site)}_one",
        ),
    ]


def _name(site: Any) -> str:
    return f"{site.opts.app_label}_{site.opts.model_name}_saved"


def save_view(site: Any, request: HttpRequest) -> HttpResponse:
    """Save the filters of the list as it was looked at."""
    user = _reader(site, request)
    if request.method != "POST":
        raise PermissionDenied
    query = request.POST.get("query", "")
    if not _understood(site, request, query):
        messages.error(request, _("This list does not know these filters."))
        return HttpResponseRedirect(_list(site, ""))
    try:
        row = operations.save(
            label=site.opts.label_lower,
            name=request.POST.get("name", ""),
            query=query,
            shared=request.POST.get("shared") == "yes",
            by=user,
        )
    except NotSaved as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(_list(site, operations.cleaned(query)))
    messages.success(request, _("Saved: %(name)s.") % {"name": row.name})
    return HttpResponseRedirect(_list(site, row.query))


def one_view(site: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Apply a saved filter, or rename or delete it."""
    user = _reader(site, request)
    row = operations.of(user, site.opts.label_lower).filter(pk=pk).first()
    if row is None:
        raise Http404
    if request.method != "POST":
        return _apply(site, request, row)
    try:
        if request.POST.get("step") == "delete":
            operations.delete(row, by=user)
            messages.success(request, _("Deleted: %(name)s.") % {"name": row.name})
        else:
            operations.rename(row, name=request.POST.get("name", ""), by=user)
    except NotSaved as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(_list(site, row.query))


def _apply(site: Any, request: HttpRequest, row: SavedFilter) -> HttpResponse:
    """Lists change: what was saved is checked again before it is used."""
    query = operations.cleaned(row.query)
    if not _understood(site, request, query):
        messages.warning(
            request,
            _("The filter “%(name)s” does not fit this list any more. Delete it or save it anew.")
            % {"name": row.name},
        )
        query = ""
    return HttpResponseRedirect(_list(site, query))


def _understood(site: Any, request: HttpRequest, query: str) -> bool:
    """Whether the list can be filtered so: by its own filters and by what it allows."""
    kept, request.GET = request.GET, QueryDict(query)
    try:
        rows = tables.changelist(site, request).rows()
        str(rows.query)
    except EmptyResultSet:
        return True  # it has no statement, and is understood all the same
    except (
        IncorrectLookupParameters, SuspiciousOperation, ValueError, ValidationError, FieldError
    ):  # fmt: skip
        return False
    finally:
        request.GET = kept
    return True


def _reader(site: Any, request: HttpRequest) -> User:
    user = request.user
    if not (isinstance(user, User) and site.has_view_permission(request)):
        raise PermissionDenied
    return user


def _list(site: Any, query: str) -> str:
    address = reverse(f"admin:{site.opts.app_label}_{site.opts.model_name}_changelist")
    return f"{address}?{query}" if query else address
