"""A file of an appeal, shown to staff who may see it: recorded, never run, never stored."""

import uuid

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from accounts.acts import Refused
from accounts.models import User
from appeals import operations
from appeals.models import Appeal, Evidence


def file(request: HttpRequest, appeal: Appeal, public_id: uuid.UUID) -> HttpResponse:
    """An image as part of the page, unless it is saved; a PDF only ever as a download."""
    if request.method not in ("GET", "HEAD") or not isinstance(request.user, User):
        raise PermissionDenied
    found = (
        Evidence.objects.filter(appeal=appeal, public_id=public_id).select_related("appeal").first()
    )
    if found is None:
        raise Http404
    saved = not found.is_image or request.GET.get("save") == "1"
    try:
        data = operations.open_evidence(
            evidence=found, by=request.user, at=timezone.now(), saved=saved
        )
    except (Refused, FileNotFoundError) as error:
        raise PermissionDenied from error
    return answer(found, data, saved=saved)


def answer(found: Evidence, data: bytes, *, saved: bool) -> HttpResponse:
    """The file as an answer that no browser takes for a page of ours."""
    response = HttpResponse(data, content_type=found.content_type)
    response["Content-Disposition"] = content_disposition_header(saved, found.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store, private"
    return response
