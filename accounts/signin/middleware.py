"""Staff reach nothing but the way in until they used a second factor in this session."""

from collections.abc import Callable
from functools import cache

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User
from accounts.signin import sessions

Handler = Callable[[HttpRequest], HttpResponse]

#: What somebody may open who has shown a password alone.
_WAY_IN = (
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "account_inactive",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "admin:logout",
    "admin:jsi18n",
    "set_language",
    "healthz",
    "readyz",
)


def second_factor(get_response: Handler) -> Handler:
    """Refuse by default: a page that nobody thought of is closed too."""
    desk = reverse("admin:index")

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.is_staff:
            if _is_missing(request, user) and request.path not in _way_in():
                return _refused(request, user, desk)
            if get_authentication_records(request, user):
                sessions.seen(request)
        return get_response(request)

    return middleware


def used(request: HttpRequest, user: User) -> bool:
    """Whether the second factor was shown in this session."""
    records = get_authentication_records(request, user)
    return any(record.get("method") == "mfa" for record in records)


def _is_missing(request: HttpRequest, user: User) -> bool:
    return settings.STAFF_MFA == "required" and not used(request, user)


def _refused(request: HttpRequest, user: User, desk: str) -> HttpResponse:
    wants = request.headers.get("accept", "")
    if request.path.startswith("/api/") or "application/json" in wants:
        return JsonResponse({"detail": "A second factor is required."}, status=403)
    page = "mfa_reauthenticate" if is_mfa_enabled(user) else "mfa_activate_totp"
    back = request.get_full_path() if request.method == "GET" else desk
    return HttpResponseRedirect(f"{reverse(page)}?{urlencode({'next': back})}")


@cache
def _way_in() -> frozenset[str]:
    return frozenset(reverse(name) for name in _WAY_IN)
