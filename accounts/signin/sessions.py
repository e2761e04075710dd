"""Somebody's sessions: which there are, and ending them."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.signin import client, trail
from accounts.signin.records import SignInKind

_EVERY = datetime.timedelta(minutes=1)


@dataclass(frozen=True)
class Shown:
    """A session as a list shows it: no more of the address than where from."""

    pk: int
    device: str
    address: str
    since: datetime.datetime
    last_used: datetime.datetime
    current: bool


def seen(request: HttpRequest) -> None:
    """Note that the session is in use, at most once a minute."""
    now = timezone.now()
    UserSession.objects.filter(
        session_key=request.session.session_key, last_seen_at__lt=now - _EVERY
    ).update(last_seen_at=now)


def begun(request: HttpRequest) -> None:
    """Keep that a session began, or goes on under a new key, so that its owner sees it."""
    UserSession.objects.create_from_request(request)


def of(user: User, current: str | None = None) -> list[Shown]:
    """Those that still let in, the last used first."""
    alive = UserSession.objects.purge_and_list(user)
    alive.sort(key=lambda session: session.last_seen_at, reverse=True)
    return [
        Shown(
            session.pk,
            client.device(session.user_agent),
            client.masked(session.ip),
            session.created_at,
            session.last_seen_at,
            session.session_key == current,
        )
        for session in alive
    ]


def end_this(request: HttpRequest) -> None:
    """Forget the session that asks, which ends with the sign-out."""
    UserSession.objects.filter(session_key=request.session.session_key).delete()


def end(request: HttpRequest, user: User, *, by: User, which: Iterable[int] | None = None) -> int:
    """End the chosen sessions of somebody, or all; never the one that asks. How many ended."""
    found = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key)
    if which is not None:
        found = found.filter(pk__in=list(which))
    ended = 0
    for session in found:
        session.end()
        ended += 1
    if ended:
        trail.note(SignInKind.SESSIONS_ENDED, request=request, user=user, by=by, about=str(ended))
    return ended
