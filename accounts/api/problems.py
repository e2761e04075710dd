"""Errors as problem details (RFC 9457), each with a code that does not change.

A client reads `code`; `title` and `detail` are for people, in their language. `errors` names each
field that is wrong. Nothing of the inside is told: what we did not foresee is a bare 500.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import set_rollback

TYPE = "urn:fairline:problem:"

TITLES = {
    "invalid": _("The request does not hold."),
    "malformed": _("The body is no valid JSON."),
    "not-authenticated": _("No token, or none that opens anything."),
    "not-allowed": _("The token may not do this."),
    "not-found": _("There is nothing here for you."),
    "method-not-allowed": _("This address does not take this method."),
    "not-acceptable": _("The answer cannot be given in the form you accept."),
    "unsupported-media-type": _("The body is of a kind that is not taken."),
    "too-many-requests": _("Too many requests: wait, then go on."),
    "too-large": _("The body is too large."),
    "refused": _("It cannot be done as things stand."),
    "conflict": _("It does not fit what is there already."),
}

_CODES: dict[type[Exception], str] = {
    exceptions.ValidationError: "invalid",
    exceptions.ParseError: "malformed",
    exceptions.NotAuthenticated: "not-authenticated",
    exceptions.AuthenticationFailed: "not-authenticated",
    exceptions.PermissionDenied: "not-allowed",
    exceptions.NotFound: "not-found",
    exceptions.MethodNotAllowed: "method-not-allowed",
    exceptions.NotAcceptable: "not-acceptable",
    exceptions.UnsupportedMediaType: "unsupported-media-type",
    exceptions.Throttled: "too-many-requests",
}


class Problem(exceptions.APIException):
    """A refusal with a code of its own; `detail` says which value and why."""

    def __init__(
        self, code: str, detail: str, *, status_code: int = status.HTTP_422_UNPROCESSABLE_ENTITY
    ) -> None:
        super().__init__(detail)
        self.problem, self.status_code = code, status_code


class ProblemRenderer(JSONRenderer):
    """Problems as `application/problem+json`, whatever the client accepts."""

    media_type = "application/problem+json"


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER for the views of the API; None lets an unforeseen error through."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, SuspiciousOperation):  # a form of too many fields or files
        error = exceptions.ParseError()
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    code = getattr(error, "problem", None) or _code(error)
    body: dict[str, Any] = {
        "type": TYPE + code,
        "title": TITLES.get(code, TITLES["refused"]),
        "status": error.status_code,
        "code": code,
    }
    if isinstance(error, exceptions.ValidationError):
        body["errors"] = list(_fields(error.detail))
    else:
        body["detail"] = str(error.detail)
    return Response(body, status=error.status_code, headers=_headers(error))


def _code(error: exceptions.APIException) -> str:
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), "refused")


def _fields(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _fields(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for n, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _fields(inner, f"{path}[{n}]" if nested else path)
    else:
        yield {
            "field": path.removeprefix("non_field_errors"),
            "code": str(getattr(detail, "code", "invalid")),
            "detail": str(detail),
        }


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if auth := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return headers
