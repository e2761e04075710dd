"""Rows of the record of signing in, with where from."""

from django.http import HttpRequest

from accounts.models import User
from accounts.signin import client
from accounts.signin.records import SignInEvent, SignInKind


def note(
    kind: SignInKind,
    *,
    request: HttpRequest | None,
    user: User | None,
    by: User | None = None,
    about: str = "",
) -> SignInEvent:
    """Keep that it happened; the network and the device, not the whole address."""
    found = client.masked(client.address(request)) if request else ""
    return SignInEvent.objects.create(
        kind=kind,
        user=user,
        by=by if by != user else None,
        about=about[:200],
        address=found,
        device=client.device(client.agent(request))[:80] if request else "",
    )
