"""What an administrator does about somebody else's way in."""

import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.models import User
from accounts.signin.records import Attempts, SignInEvent, SignInKind


class OwnFactor(Exception):
    """Nobody resets their own second factor this way: their own page asks for a code first."""


@transaction.atomic
def reset_factor(user: User, *, by: User | None, at: datetime.datetime) -> None:
    """Take somebody's second factor and recovery codes away, and end all of their sessions.

    `by` is None from the command line. They set up a new one when they sign in next.
    """
    if by == user:
        raise OwnFactor
    Authenticator.objects.filter(user=user).delete()
    SignInEvent.objects.create(kind=SignInKind.FACTOR_REMOVED, user=user, by=by, at=at)
    end_all(user, by=by, at=at)


@transaction.atomic
def end_all(user: User, *, by: User | None, at: datetime.datetime) -> int:
    """End every session of somebody; how many those were."""
    ended = list(UserSession.objects.filter(user=user))
    for session in ended:
        session.end()
    if ended:
        SignInEvent.objects.create(
            kind=SignInKind.SESSIONS_ENDED, user=user, by=by, about=str(len(ended)), at=at
        )
    return len(ended)


@transaction.atomic
def let_in(user: User, *, by: User | None, at: datetime.datetime) -> int:
    """Lift what locks somebody out by name or code; how many locks those were."""
    removed = Attempts.objects.filter(user=user).delete()[0]
    if removed:
        SignInEvent.objects.create(
            kind=SignInKind.LIFTED, user=user, by=by, about=user.username, at=at
        )
    return removed
