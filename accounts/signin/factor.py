"""A second factor of one's own, for those who are not led through allauth's pages: customers.

The rows, the codes and what follows for other sessions are those of staff: allauth keeps them,
`hearing.py` hears of them, `door.py` counts each try. Raises Wrong, or guard.LockedOut.
"""

import base64
import datetime
from dataclasses import dataclass

from allauth.mfa import signals
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import delete_and_cleanup, post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import is_mfa_enabled
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from accounts.signin import door
from accounts.signin.door import Wrong

__all__ = [
    "Offered",
    "Wrong",
    "check",
    "codes_left",
    "has",
    "offer",
    "renew",
    "set_up",
    "take_away",
]


@dataclass(frozen=True)
class Offered:
    """A secret that is not theirs yet, and as an image for the app."""

    secret: str
    image: str


def has(user: User) -> bool:
    return bool(is_mfa_enabled(user))


def codes_left(user: User) -> int:
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(row.wrap().get_unused_codes()) if row else 0


def offer(user: User, *, anew: bool) -> Offered:
    """The secret that this session is offered; `anew` makes another."""
    secret = totp.get_totp_secret(regenerate=anew)
    adapter = get_adapter()
    drawn = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    encoded = base64.b64encode(drawn.encode()).decode()
    return Offered(secret, f"data:image/svg+xml;base64,{encoded}")


def set_up(request: HttpRequest, user: User, code: str, *, at: datetime.datetime) -> list[str]:
    """Make the offered secret theirs, once a code of it is right; the recovery codes, which are
    shown this once. Their other sessions end."""
    last = door.begin_code(user, at=at)
    secret = totp.get_totp_secret()
    if not totp.validate_totp_code(secret, _plain(code)):
        door.wrong_code(request, user, last=last)
        raise Wrong
    door.right_code(request, user, recovery=False)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if has(user):
            raise Wrong
        made = totp.TOTP.activate(user, secret).instance
        codes = RecoveryCodes.activate(user)
        totp.clear_totp_secret(request)
        for row in (made, codes.instance):
            signals.authenticator_added.send(
                sender=Authenticator, request=request, user=user, authenticator=row
            )
    return list(codes.generate_codes())


def check(request: HttpRequest, user: User, code: str, *, at: datetime.datetime) -> None:
    """Whether a code of the app, or a recovery code, is right; each is good once."""
    last = door.begin_code(user, at=at)
    for row in Authenticator.objects.filter(user=user).order_by("pk"):
        if row.wrap().validate_code(_plain(code)):
            row.user = user
            recovery = row.type == Authenticator.Type.RECOVERY_CODES
            door.right_code(request, user, recovery=recovery)
            if request.user == user:
                post_authentication(request, row, reauthenticated=True)
            else:
                row.record_usage()
            return
    door.wrong_code(request, user, last=last)
    raise Wrong


def renew(request: HttpRequest, user: User, code: str, *, at: datetime.datetime) -> list[str]:
    """New recovery codes in place of the old ones, for who shows a code."""
    check(request, user, code, at=at)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        rows = Authenticator.objects.filter(user=user)
        rows.filter(type=Authenticator.Type.RECOVERY_CODES).delete()
        made = RecoveryCodes.activate(user)
        signals.authenticator_reset.send(
            sender=Authenticator, request=request, user=user, authenticator=made.instance
        )
    return list(made.generate_codes())


def take_away(request: HttpRequest, user: User, code: str, *, at: datetime.datetime) -> None:
    """Go back to one factor, for who shows a code. Their other sessions end."""
    check(request, user, code, at=at)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        row = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
        if row is not None:
            row.user = user
            delete_and_cleanup(request, row)


def _plain(code: str) -> str:
    return "".join(code.split())[:20]
