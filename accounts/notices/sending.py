"""Make the attempts that wait, one by one: on record before it is made, at most once each.

An attempt is first written down as begun, and that is committed; then it is made under its row's
lock and its end is written. A worker that dies in between leaves it begun and unlocked: nobody can
know whether the other side took it, so `reconcile` marks it unknown and the notice failed, and
leaves to a person whether to send again. What the other side refused is known not to be sent: it
is tried again by itself, up to three times.
"""

import datetime
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.notices import channels, kinds
from accounts.notices.channels import NotTaken
from accounts.notices.choices import AttemptState, State, Why
from accounts.notices.hours import next_moment
from accounts.notices.models import ContactPreference, Notice, NoticeAttempt
from accounts.notices.silence import silenced

MOST_ATTEMPTS = 3
_FIRST_PAUSE = datetime.timedelta(minutes=5)
_PAUSE = datetime.timedelta(hours=1)
#: Longer than any channel takes to answer: what is begun and unlocked after it died.
ABANDONED = datetime.timedelta(minutes=10)

Clock = Callable[[], datetime.datetime]


class NotResent(Exception):
    """The notice cannot be sent again; the message says why."""


def send_waiting(*, clock: Clock, most: int = 100) -> int:
    """Make up to so many attempts; how many were made."""
    made = 0
    while made < most and (pk := _begin(clock)) is not None:
        _make(pk, clock)
        made += 1
    return made


def _begin(clock: Clock) -> int | None:
    """Take the next attempt and write down that it begins; None if none waits."""
    while True:
        now = clock()
        with transaction.atomic():
            attempt = (
                NoticeAttempt.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("notice")
                .filter(state=AttemptState.WAITING, not_before__lte=now)
                .order_by("not_before", "id")
                .first()
            )
            if attempt is None:
                return None
            later = _not_now(attempt.notice, now)
            if later is not None:
                attempt.not_before = later
                attempt.save(update_fields=["not_before"])
                continue
            attempt.state, attempt.started_at = AttemptState.SENDING, now
            attempt.save(update_fields=["state", "started_at"])
        return int(attempt.pk)


def _not_now(notice: Notice, now: datetime.datetime) -> datetime.datetime | None:
    """When to look again, where the customer may not be contacted now."""
    preference = ContactPreference.objects.filter(pk=notice.customer_id).first()
    moment = next_moment(now, preference)
    if moment > now:
        return moment
    kind = kinds.find(notice.kind)
    mandatory = kind is not None and kind.mandatory
    found = silenced([notice.customer_id], now=now, today=timezone.localdate(now))
    if any(s.holds(notice.kind, mandatory=mandatory) for s in found.get(notice.customer_id, ())):
        return now + _PAUSE
    return None


def _make(pk: int, clock: Clock) -> None:
    with transaction.atomic():
        attempt = NoticeAttempt.objects.select_for_update().get(pk=pk)
        if attempt.state != AttemptState.SENDING:
            return
        notice = Notice.objects.select_related("customer").get(pk=attempt.notice_id)
        carrier = channels.carriers().get(attempt.channel)
        preference = ContactPreference.objects.filter(pk=notice.customer_id).first()
        address = carrier.address(preference) if carrier and preference else None
        wanted = preference is not None and attempt.channel in preference.channels
        if carrier is None or address is None or not wanted:
            _end(attempt, notice, AttemptState.DROPPED, clock(), _("not wanted any more"))
            return
        attempt.to = address[1]
        try:
            carrier.send(attempt, notice, address[0])
        except NotTaken as error:
            _end(attempt, notice, AttemptState.REFUSED, clock(), str(error), later=error.later)
        except Exception as error:
            _end(attempt, notice, AttemptState.UNKNOWN, clock(), type(error).__name__)
        else:
            _end(attempt, notice, AttemptState.SENT, clock())


def _end(
    attempt: NoticeAttempt,
    notice: Notice,
    state: AttemptState,
    now: datetime.datetime,
    error: str = "",
    *,
    later: bool = False,
) -> None:
    attempt.state, attempt.ended_at, attempt.error = state, now, error[:500]
    attempt.save(update_fields=["state", "ended_at", "error", "to"])
    if state == AttemptState.REFUSED and later and attempt.n < MOST_ATTEMPTS:
        pause = _FIRST_PAUSE * 6 ** (attempt.n - 1)
        NoticeAttempt.objects.create(
            notice=notice, channel=attempt.channel, n=attempt.n + 1, not_before=now + pause,
            to=attempt.to,
        )  # fmt: skip
        return
    # What the customer has read in the app meanwhile stays read.
    mine = Notice.objects.filter(pk=notice.pk, state__in=(State.SENDING, State.FAILED))
    if state in (AttemptState.SENT, AttemptState.DROPPED):
        mine.update(state=State.SENT, why="")
    else:
        why = Why.UNKNOWN if state == AttemptState.UNKNOWN else Why.REFUSED
        mine.update(state=State.FAILED, why=why)


def reconcile(*, now: datetime.datetime) -> int:
    """Attempts whose worker died: unknown. How many there were."""
    with transaction.atomic():
        left = list(
            NoticeAttempt.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("notice")
            .filter(state=AttemptState.SENDING, started_at__lte=now - ABANDONED)
        )
        for attempt in left:
            _end(attempt, attempt.notice, AttemptState.UNKNOWN, now, _("its worker died"))
    return len(left)


@transaction.atomic
def resend(notice: Notice, *, by: Any, at: datetime.datetime) -> NoticeAttempt | None:
    """Send a failed notice again: through the channel that failed, or, where its text could not
    be made, from the beginning (then None). Raises NotResent."""
    notice = Notice.objects.select_for_update().get(pk=notice.pk)
    if notice.state != State.FAILED:
        raise NotResent(_("only a failed notice is sent again"))
    if notice.sent_at is None:
        notice.state, notice.why, notice.due_at, notice.queued_at = State.QUEUED, "", at, at
        notice.save(update_fields=["state", "why", "due_at", "queued_at"])
        return None
    last = NoticeAttempt.objects.filter(notice=notice).order_by("-n").first()
    if last is None:
        raise NotResent(_("it was not sent through any channel"))
    attempt = NoticeAttempt.objects.create(
        notice=notice, channel=last.channel, n=last.n + 1, not_before=at, to=last.to, asked_by=by
    )
    Notice.objects.filter(pk=notice.pk).update(state=State.SENDING, why="")
    return attempt
