"""Tokens of the API: random, shown once, kept as a hash, revoked by their customer at any time."""

import datetime
import hashlib
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import operations
from accounts.access.models import ApiToken, Scope
from accounts.models import Customer

if TYPE_CHECKING:
    from django.db.models import QuerySet

PREFIX = "fl_me_"
MOST_OPEN = 20
LIVES = (30, 90, 365)
"""Days that a token may be given."""

#: How stale `last_used_at` may be: not every request writes.
USE_IS_NOTED = datetime.timedelta(minutes=1)


class TokenRefused(Exception):
    """The token cannot be made; the message says why."""


def issue(
    *, customer: Customer, name: str, scopes: Sequence[str], days: int, at: datetime.datetime
) -> tuple[ApiToken, str]:
    """A new token and its secret, which nobody can read again."""
    name = name.strip()
    if not name:
        raise TokenRefused(_("Give the token a name, so that you know it again."))
    wanted = sorted({Scope(scope) for scope in scopes})
    if not wanted:
        raise TokenRefused(_("Choose what the token may do."))
    if days not in LIVES:
        raise TokenRefused(_("Choose how long the token lasts."))
    with transaction.atomic():
        operations.lock(customer.pk)
        if open_tokens(customer, at).count() >= MOST_OPEN:
            raise TokenRefused(_("You have many tokens already: revoke one first."))
        secret = PREFIX + secrets.token_urlsafe(32)
        token = ApiToken.objects.create(
            customer=customer,
            name=name,
            hash=_hash(secret),
            scopes=wanted,
            created_at=at,
            expires_at=at + datetime.timedelta(days=days),
        )
    return token, secret


def find(secret: str, at: datetime.datetime) -> ApiToken | None:
    """The open token of a secret, its use noted; None where there is none."""
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    token = ApiToken.objects.select_related("customer").filter(hash=_hash(secret)).first()
    if token is None or not token.is_open(at):
        return None
    if token.last_used_at is None or at - token.last_used_at > USE_IS_NOTED:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
    return token


def revoke(*, customer: Customer, public_id: "UUID | str", at: datetime.datetime) -> bool:
    """End a token at once; False where the customer has no open one of this id."""
    found = ApiToken.objects.filter(customer=customer, public_id=public_id, revoked_at=None)
    return found.update(revoked_at=at) == 1


def revoke_all(*, customer: Customer, at: datetime.datetime) -> int:
    """End every open token of a customer at once; how many those were."""
    return ApiToken.objects.filter(customer=customer, revoked_at=None).update(revoked_at=at)


def open_tokens(customer: Customer, at: datetime.datetime) -> "QuerySet[ApiToken]":
    return ApiToken.objects.filter(customer=customer, revoked_at=None, expires_at__gt=at).order_by(
        "-created_at"
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
