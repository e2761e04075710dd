"""Whether a password, or a code, is right: looked at a bounded number of times, on record."""

import datetime

from django.contrib.auth import authenticate
from django.http import HttpRequest

from accounts.models import User
from accounts.signin import client, guard, trail
from accounts.signin.records import SignInKind


class Wrong(Exception):
    """The name and the password, or the code, do not belong together."""


def by_password(request: HttpRequest, name: str, password: str, *, at: datetime.datetime) -> User:
    """The member of staff whose they are. Raises Wrong, or guard.LockedOut.

    Names that nobody has, customers and closed accounts are refused in the same words, after the
    same work: a password is hashed for them too.
    """
    known = User.objects.filter(username=name.strip()).first()
    found = client.network(client.address(request))
    subjects = (guard.of_address(found, client.masked(found)), guard.of_name(name, known))
    last = [subject for subject in subjects if guard.attempt(subject, at=at)]
    user = authenticate(request, username=name.strip(), password=password)
    if isinstance(user, User) and user.is_staff:
        for subject in subjects:
            guard.passed(subject)
        return user
    about = "" if known else subjects[1].shown
    trail.note(SignInKind.FAILED, request=request, user=known, about=about)
    for subject in last:
        about = f"{subject.kind.label}: {subject.shown}"
        trail.note(SignInKind.LOCKED, request=request, user=subject.user, about=about)
    raise Wrong


def begin_code(user: User, *, at: datetime.datetime) -> bool:
    """Count an attempt at the second factor; whether it is the last. Raises guard.LockedOut."""
    return guard.attempt(guard.of_code(user), at=at)


def wrong_code(request: HttpRequest, user: User, *, last: bool) -> None:
    subject = guard.of_code(user)
    about = str(subject.kind.label)
    trail.note(SignInKind.FAILED, request=request, user=user, about=about)
    if last:
        trail.note(SignInKind.LOCKED, request=request, user=user, about=about)


def right_code(request: HttpRequest, user: User, *, recovery: bool) -> None:
    guard.passed(guard.of_code(user))
    if recovery:
        trail.note(SignInKind.CODE_USED, request=request, user=user)
