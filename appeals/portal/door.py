"""Who stands at the portal: a customer, or nobody."""

import datetime
import time
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from accounts.models import Customer, User
from accounts.signin import sessions

#: A customer's session: shorter than that of staff, who sit in front of it all day.
SESSION = datetime.timedelta(hours=2)
#: Where a session keeps when its use was last noted.
SEEN = "seen_at"
_EVERY = 60


def customer_of(request: HttpRequest) -> Customer | None:
    return request.user.customer if isinstance(request.user, User) else None


def for_customers(view: Any) -> Any:
    """Let customers in, and send everybody else, staff too, to the sign-in and back."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        customer = customer_of(request)
        if customer is None:
            return _to_sign_in(request)
        _note_use(request)
        return view(request, customer, *args, **kwargs)

    return wrapped


def _note_use(request: HttpRequest) -> None:
    """Keep the list of sessions true, to a minute; the session itself knows when that was done."""
    now = time.time()
    if now - request.session.get(SEEN, now) > _EVERY:
        request.session[SEEN] = now
        sessions.seen(request)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    address = reverse("my:login")
    if request.method == "GET" and request.path != reverse("my:overview"):
        address += "?" + urlencode({"next": request.path})
    return redirect(address)


def way_on(request: HttpRequest) -> str:
    """Where a customer wanted to go before the sign-in: a page of the portal, or the overview."""
    wanted = str(request.POST.get("next") or request.GET.get("next") or "")
    home = reverse("my:overview")
    here = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if here and wanted.startswith(home) else home
