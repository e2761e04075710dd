"""What others signal about signing in, kept on record; and what follows for other sessions."""

from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals as factor
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from accounts.models import User
from accounts.signin import sessions, trail
from accounts.signin.records import SignInKind


def listen() -> None:
    for signal, receiver in (
        (user_logged_in, _signed_in),
        (user_logged_out, _signed_out),
        (account.password_changed, _password_changed),
        (factor.authenticator_added, _added),
        (factor.authenticator_reset, _codes_made),
        (factor.authenticator_removed, _removed),
    ):
        signal.connect(receiver, dispatch_uid=f"accounts.signin.{receiver.__name__}")


def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    if request.META.get("REMOTE_ADDR"):
        trail.note(SignInKind.SIGNED_IN, request=request, user=user)


def _signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None and request.META.get("REMOTE_ADDR"):
        trail.note(SignInKind.SIGNED_OUT, request=request, user=user)


def _password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    trail.note(SignInKind.PASSWORD, request=request, user=user)
    sessions.end(request, user, by=user)


def _added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type != Authenticator.Type.TOTP:
        trail.note(SignInKind.CODES_MADE, request=request, user=user)
        return
    trail.note(SignInKind.FACTOR_SET, request=request, user=user)
    # Setting it up took a code of it: it is used in this session.
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    sessions.end(request, user, by=user)


def _codes_made(request: HttpRequest, user: User, **_: Any) -> None:
    trail.note(SignInKind.CODES_MADE, request=request, user=user)
    sessions.end(request, user, by=user)


def _removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type != Authenticator.Type.TOTP:
        return
    trail.note(SignInKind.FACTOR_REMOVED, request=request, user=user)
    records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        record for record in records if record.get("method") != "mfa"
    ]
    sessions.end(request, user, by=user)
