"""A bounded number of attempts: counted before the password is looked at, atomically.

Counted first, because guesses sent at once would otherwise all be looked at before the first of
them is counted. A name that nobody has is counted and locked like any other, so that the answer
tells nobody which names there are.
"""

import datetime
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F, Q

from accounts import crypto
from accounts.models import User
from accounts.signin.records import Attempts, Guarded, SignInEvent, SignInKind

WINDOW = datetime.timedelta(minutes=15)
LOCKED_FOR = datetime.timedelta(minutes=15)
#: An address may be a whole office behind one router.
MOST = {Guarded.ACCOUNT: 5, Guarded.ADDRESS: 50, Guarded.CODE: 5}
_KEPT = datetime.timedelta(days=1)

_COUNT = """
insert into accounts_attempts as a (kind, key, user_id, shown, failures, since, locked_until)
values (%(kind)s, %(key)s, %(user)s, %(shown)s, 1, %(at)s, null)
on conflict (kind, key) do update set
    user_id = excluded.user_id,
    failures = case when a.since > %(from)s then a.failures + 1 else 1 end,
    since = case when a.since > %(from)s then a.since else excluded.since end,
    locked_until = case when a.since > %(from)s and a.failures + 1 >= %(most)s
                        then %(until)s else null end
  where a.locked_until is null or a.locked_until <= %(at)s
returning failures
"""


class LockedOut(Exception):
    """Too many attempts; nothing was looked at."""


@dataclass(frozen=True)
class Subject:
    """What an attempt is counted by."""

    kind: Guarded
    key: str
    shown: str
    user: User | None = None


def of_name(name: str, user: User | None) -> Subject:
    """By the name as typed; `shown` betrays no password typed in its place."""
    plain = name.strip().casefold()
    shown = user.username if user else crypto.mask(plain, 2, 0)[:8]
    return Subject(Guarded.ACCOUNT, crypto.blind_index(f"name:{plain}"), shown, user)


def of_address(network: str, shown: str) -> Subject:
    return Subject(Guarded.ADDRESS, crypto.blind_index(f"address:{network}"), shown)


def of_code(user: User) -> Subject:
    key = crypto.blind_index(f"code:{user.pk}")
    return Subject(Guarded.CODE, key, user.username, user)


def attempt(subject: Subject, *, at: datetime.datetime) -> bool:
    """Count one; whether it is the last before the lock. Raises LockedOut while that holds."""
    most = MOST[subject.kind]
    values = {
        "kind": subject.kind.value,
        "key": subject.key,
        "user": subject.user.pk if subject.user else None,
        "shown": subject.shown,
        "at": at,
        "from": at - WINDOW,
        "most": most,
        "until": at + LOCKED_FOR,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        counted = cursor.fetchone()
    if counted is None:
        raise LockedOut
    return bool(counted[0] >= most)


def passed(subject: Subject) -> None:
    """The attempt was right. A name and a factor begin anew; an address is only given it back, or
    whoever has one account there could guess at all the others."""
    mine = Attempts.objects.filter(kind=subject.kind, key=subject.key)
    if subject.kind != Guarded.ADDRESS:
        mine.delete()
    else:
        mine.filter(failures__gt=0).update(failures=F("failures") - 1, locked_until=None)


@transaction.atomic
def lift(row: Attempts, *, by: User, at: datetime.datetime) -> None:
    """Let them try again now; on record."""
    removed, _of = Attempts.objects.filter(pk=row.pk).delete()
    if removed:
        SignInEvent.objects.create(
            kind=SignInKind.LIFTED, user=row.user, by=by, about=row.shown, at=at
        )


def forget(*, at: datetime.datetime) -> int:
    """Rows that count no more; how many those were."""
    old = Q(since__lt=at - _KEPT) & (Q(locked_until=None) | Q(locked_until__lt=at))
    return Attempts.objects.filter(old).delete()[0]
