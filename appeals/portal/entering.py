"""The last steps of a customer's way in: the second factor, where they have one, and the session.

Who was right with the code or the password, and has still to show the second factor, stands in a
session that is nobody's yet, for ten minutes.
"""

import datetime
import time
from dataclasses import dataclass

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.models import User
from accounts.signin import factor, sessions
from appeals.portal.door import SEEN, SESSION

BACKEND = "django.contrib.auth.backends.ModelBackend"
WAITS = datetime.timedelta(minutes=10)
_WAITING = "waits_for_second_factor"


@dataclass(frozen=True)
class Waiting:
    """Who has to show a second factor, and where they want to go."""

    user: User
    way_on: str


def enter(request: HttpRequest, user: User, way_on: str) -> HttpResponse:
    """In, or first to the second factor."""
    if not factor.has(user):
        return begin(request, user, way_on)
    request.session.cycle_key()
    request.session[_WAITING] = {
        "user": user.pk,
        # A password that is changed meanwhile ends it, as it ends sessions.
        "hash": user.get_session_auth_hash(),
        "until": (timezone.now() + WAITS).timestamp(),
        "way_on": way_on,
    }
    return redirect("my:second_factor")


def waiting(request: HttpRequest) -> Waiting | None:
    """Who waits in this session; None if nobody does, or their time is over."""
    kept = request.session.get(_WAITING)
    if not kept or kept["until"] < timezone.now().timestamp():
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True, customer__isnull=False).first()
    if user is None or user.get_session_auth_hash() != kept["hash"]:
        return None
    return Waiting(user, kept["way_on"])


def begin(request: HttpRequest, user: User, way_on: str) -> HttpResponse:
    """The session is theirs from now on."""
    request.session.pop(_WAITING, None)
    login(request, user, backend=BACKEND)
    request.session.set_expiry(SESSION)
    request.session[SEEN] = time.time()
    sessions.begun(request)
    return redirect(way_on)
