"""Tokens of service accounts: random, shown once, kept as a hash, revoked at any time."""

import datetime
import hashlib
import secrets
from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.acts import Refused
from accounts.models import User
from accounts.partner.models import PartnerScope, ServiceAccount, ServiceToken

PREFIX = "fl_svc_"
MOST_DAYS = 730
USE_IS_NOTED = datetime.timedelta(minutes=1)


class TokenRefused(Refused):
    """The token cannot be made; the message says why."""


def issue(
    *,
    account: ServiceAccount,
    scopes: Sequence[str],
    days: int,
    by: User,
    at: datetime.datetime,
) -> tuple[ServiceToken, str]:
    """A new token and its secret, which nobody can read again."""
    wanted = sorted({PartnerScope(scope) for scope in scopes})
    if not wanted:
        raise TokenRefused(_("Choose what the token may do."))
    if not 1 <= days <= MOST_DAYS:
        raise TokenRefused(_("%(n)s days: 1 to %(most)s") % {"n": days, "most": MOST_DAYS})
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ServiceToken.objects.create(
        account=account,
        hash=_hash(secret),
        scopes=wanted,
        created_at=at,
        created_by=by,
        expires_at=at + datetime.timedelta(days=days),
    )
    return token, secret


def find(secret: str, at: datetime.datetime) -> ServiceToken | None:
    """The open token of a secret, its use noted once a minute; None where there is none."""
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    token = ServiceToken.objects.select_related("account").filter(hash=_hash(secret)).first()
    if token is None or not token.is_open(at):
        return None
    if token.last_used_at is None or at - token.last_used_at > USE_IS_NOTED:
        ServiceToken.objects.filter(pk=token.pk).update(last_used_at=at)
    return token


def revoke(token: ServiceToken, *, by: User, at: datetime.datetime) -> bool:
    """End a token at once; False where it has ended already."""
    found = ServiceToken.objects.filter(pk=token.pk, revoked_at=None)
    return found.update(revoked_at=at, revoked_by=by) == 1


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
