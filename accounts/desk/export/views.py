"""An export asked for, streamed or put on the list of work; one's own files."""

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.audit.own import list_name
from accounts.desk.export import files, jobs, tables
from accounts.desk.export.noting import asked_of, noted
from accounts.desk.export.tables import PERMISSION, Table
from accounts.models import Export, ExportJob, User
from accounts.traces import ExportState, JobState

#: Above so many rows a worker makes the file: more would hold a thread of the web for long. A
#: spreadsheet is packed before its first byte can leave.
STREAMED = {files.CSV: 100_000, files.XLSX: 20_000}
_BLOCK = 2**16


def name(site: Any) -> str:
    return f"{site.opts.app_label}_{site.opts.model_name}_export"


def address(site: Any, request: HttpRequest, what: str = "") -> str:
    """Where the list as it is filtered now is exported; empty for those who may not."""
    if not request.user.has_perm(PERMISSION):
        return ""
    query = asked_of(request).urlencode()
    return reverse(f"admin:{name(site)}{what}") + (f"?{query}" if query else "")


def view(site: Any, request: HttpRequest) -> HttpResponseBase:
    """The list of an admin as a file."""
    if not site.has_view_permission(request):
        raise PermissionDenied
    return list_given(site, request)


def list_given(site: Any, request: HttpRequest, *, clear_reason: str = "") -> HttpResponseBase:
    """A list's file; in clear where there is a reason."""
    try:
        return given(
            request,
            lambda: tables.of_list(site, request, clear=bool(clear_reason)),
            clear_reason=clear_reason,
        )
    except IncorrectLookupParameters:
        return HttpResponseRedirect(_list(site) + "?e=1")


def back_to(site: Any, request: HttpRequest) -> str:
    """The list as it is filtered."""
    query = asked_of(request).urlencode()
    return _list(site) + (f"?{query}" if query else "")


def _list(site: Any) -> str:
    return reverse(f"admin:{site.opts.app_label}_{site.opts.model_name}_changelist")


def given(request: HttpRequest, build: Any, *, clear_reason: str = "") -> HttpResponseBase:
    """The file, or the way to it. By POST alone: each export leaves a record, which a stray link
    must not."""
    user = request.user
    if not (isinstance(user, User) and user.has_perm(PERMISSION)):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    table: Table = build()
    form = files.XLSX if request.POST.get("format") == files.XLSX else files.CSV
    query = asked_of(request)
    language = translation.get_language() or "en"
    if table.exceeds(STREAMED[form]):
        jobs.ask(
            by=user,
            of=table.of,
            query=query.urlencode(),
            noted=noted(query),
            form=form,
            language=language,
            at=timezone.now(),
            clear_reason=clear_reason,
        )
        messages.info(request, _("The file is being made. You find it here as soon as it is."))
        return redirect("my_exports")
    begun = Export.objects.create(
        by=user,
        of=table.of,
        filters=noted(query),
        state=ExportState.BEGUN,
        clear_reason=clear_reason,
    )
    filename = f"{table.name}-{timezone.localdate().isoformat()}.{form}"
    return StreamingHttpResponse(
        stream(table, form, language, begun),
        content_type=files.TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def stream(table: Table, form: str, language: str, begun: Export) -> Iterator[bytes]:
    """The file in parts; at its end, also when the reader leaves, the second row of the record."""
    written, state = 0, ExportState.BROKEN_OFF

    def progress(rows: int) -> None:
        nonlocal written
        written = rows

    try:
        if form == files.CSV:
            yield from files.csv_parts(table, language, progress)
        else:
            with tempfile.TemporaryDirectory(prefix="export-") as folder:
                path = Path(folder) / "list.xlsx"
                files.write_xlsx(table, language, path, progress)
                with path.open("rb") as file:
                    while block := file.read(_BLOCK):
                        yield block
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


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The files that one asked for, the newest first; `?part` is their list alone."""
    user = _asking(request)
    found = ExportJob.objects.filter(by=user).select_related("begun").order_by("-asked_at")[:50]
    shown = [
        {
            "job": job,
            "list": list_name(job.of),
            "rows": job.rows if job.state == JobState.DONE else jobs.progress_of(job),
            "until": job.done_at + jobs.KEPT if job.done_at else None,
        }
        for job in found
    ]
    under_way = any(job.state in (JobState.WAITING, JobState.RUNNING) for job in found)
    context = {"files": shown, "under_way": under_way}
    if "part" in request.GET:
        return TemplateResponse(request, "admin/desk/exports_list.html", context)
    context |= {**admin.site.each_context(request), "title": _("My exports")}
    return TemplateResponse(request, "admin/desk/exports.html", context)


@require_safe
def fetch(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """A file, for who asked for it and may still export, while it is kept."""
    job = get_object_or_404(ExportJob, pk=pk, by=_asking(request), state=JobState.DONE)
    path = jobs.path_of(job)
    if job.done_at is None or job.done_at + jobs.KEPT < timezone.now() or not path.exists():
        raise Http404
    day = timezone.localtime(job.asked_at).date().isoformat()
    filename = f"{job.of.rpartition('.')[2]}-{day}.{job.form}"
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=filename, content_type=files.TYPES[job.form]
    )


def _asking(request: HttpRequest) -> User:
    if not (isinstance(request.user, User) and request.user.has_perm(PERMISSION)):
        raise PermissionDenied
    return request.user
