"""Headers of every answer."""

from collections.abc import Callable

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

Handler = Callable[[HttpRequest], HttpResponse]


def admin_content_policy(get_response: Handler) -> Handler:
    """Loosen the content policy for the admin alone: its theme evaluates attributes.

    The strict policy stays for everything that customers see.
    """
    home = reverse("admin:index")

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith(home):
            extra = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}
            response._csp_update = extra  # type: ignore[attr-defined]
        return response

    return middleware


def never_stored(get_response: Handler) -> Handler:
    """Tell browsers and proxies to keep no page that was made for a signed-in person."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated:
            add_never_cache_headers(response)
        return response

    return middleware
