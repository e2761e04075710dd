"""Take the notices that are due and bring each to its end: held, dropped, or said.

The list of work is the table; the lease of a notice is its row's lock, which dies with its worker.
A batch is one transaction with a constant number of statements: either all of it counts, or the
next worker finds it as it was. What is said is in the app by then; attempts through other channels
are written in the same transaction and made afterwards (`sending.py`).
"""

import datetime
import json
import traceback
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation
from structlog import get_logger

from accounts.notices import channels, kinds, texts
from accounts.notices.choices import WAITING, AttemptState, State, Why
from accounts.notices.hours import next_moment
from accounts.notices.kinds import Dropped, Facts, Kind, Text
from accounts.notices.models import ContactPreference, Notice, NoticeAttempt
from accounts.notices.silence import Silence, silenced
from accounts.notices.versions import current

log = get_logger(__name__)

BATCH = 200
#: How long a notice waits before it is asked again whether it may be said.
AGAIN = datetime.timedelta(hours=1)


@dataclass
class Batch:
    """What is known of a batch's customers."""

    now: datetime.datetime
    preferences: Mapping[int, ContactPreference]
    silences: Mapping[int, Sequence[Silence]]
    texts: Mapping[tuple[str, str], tuple[int, Text]]
    attempts: list[NoticeAttempt] = field(default_factory=list)


def deliver(*, now: datetime.datetime, most: int = BATCH) -> int:
    """One batch; how many notices were taken (0: nothing is due that nobody else has)."""
    with transaction.atomic():
        due = Notice.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            state__in=WAITING, due_at__lte=now
        )
        notices = list(
            due.select_related("customer").defer(*_UNSEEN).order_by("due_at", "id")[:most]
        )
        if notices:
            _take(notices, now)
    return len(notices)


#: Columns of the customer that a notice never needs, and that cost a decryption each.
_UNSEEN = ("customer__phone", "customer__id_number")


def _take(notices: list[Notice], now: datetime.datetime) -> None:
    people = {notice.customer_id for notice in notices}
    for notice in notices:
        notice.language = _language(notice.customer.language)
    batch = Batch(
        now=now,
        preferences=ContactPreference.objects.in_bulk(people),
        silences=silenced(people, now=now, today=timezone.localdate(now)),
        texts=current({(n.kind, code) for n in notices for code, _name in settings.LANGUAGES}),
    )
    by_kind: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices:
        if not _waits_or_ends(notice, batch):
            by_kind[notice.kind].append(notice)
    for code, same in by_kind.items():
        kind = kinds.find(code)
        assert kind is not None
        facts = _facts(kind, same)
        for notice in same:
            _say(notice, facts.get(notice.pk, Dropped()), batch)
        _translate(kind, [notice for notice in same if notice.sent_at], batch)
    _write(notices)
    NoticeAttempt.objects.bulk_create(batch.attempts)


def _language(code: str) -> str:
    return code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _waits_or_ends(notice: Notice, batch: Batch) -> bool:
    """Whether it is not said now: no such kind, too old, outside the hours, or silenced."""
    kind = kinds.find(notice.kind)
    if kind is None:
        _set(notice, State.FAILED, Why.BROKEN, "unknown_kind")
        return True
    silences = [
        silence
        for silence in batch.silences.get(notice.customer_id, ())
        if silence.holds(kind.code, mandatory=kind.mandatory)
    ]
    if batch.now - notice.queued_at > datetime.timedelta(days=kind.days):
        _set(notice, State.DROPPED, Why.TOO_OLD, silences[0].code if silences else "")
        return True
    moment = next_moment(batch.now, batch.preferences.get(notice.customer_id))
    if moment > batch.now:
        _set(notice, State.HELD, Why.HOURS)
        notice.due_at = moment
    elif silences:
        _set(notice, State.HELD, Why.SILENCED, silences[0].code)
        notice.due_at = batch.now + AGAIN
    else:
        return False
    return True


def _facts(kind: Kind, notices: Sequence[Notice]) -> Mapping[int, Facts | Dropped]:
    """The facts of all of them; where that fails, of each alone, so that one stops no other."""
    try:
        with transaction.atomic():
            return kind.facts(notices)
    except Exception as error:
        if len(notices) == 1:
            log.error(
                "notice_facts_failed",
                notice=notices[0].pk,
                kind=kind.code,
                error=type(error).__name__,
                at=traceback.format_tb(error.__traceback__)[-1],
            )
            return {notices[0].pk: Dropped(Why.BROKEN)}
    found: dict[int, Facts | Dropped] = {}
    for notice in notices:
        found.update(_facts(kind, [notice]))
    return found


def _say(notice: Notice, facts: Facts | Dropped, batch: Batch) -> None:
    if isinstance(facts, Dropped):
        broken = facts.why == Why.BROKEN
        _set(notice, State.FAILED if broken else State.DROPPED, facts.why)
        return
    version, _text = batch.texts[notice.kind, notice.language]
    try:
        said = _rendered(notice, notice.language, facts, batch)
    except texts.TextRefused:
        _set(notice, State.FAILED, Why.BROKEN, "too_long")
        return
    notice.subject, notice.body, notice.template_version = said.subject, said.body, version
    notice.sent_at = batch.now
    ways = channels.wanted(batch.preferences.get(notice.customer_id))
    _set(notice, State.SENDING if ways else State.SENT)
    batch.attempts += [
        NoticeAttempt(
            notice=notice, channel=channel, n=1, to=shown, state=AttemptState.WAITING,
            not_before=batch.now,
        )
        for channel, shown in ways
    ]  # fmt: skip


def _rendered(notice: Notice, language: str, facts: Facts, batch: Batch) -> Text:
    _version, text = batch.texts[notice.kind, language]
    people = {"name": notice.customer.name, "lender": settings.LENDER}
    with translation.override(language):
        return texts.render(text, {**people, **facts})


def _translate(kind: Kind, notices: Sequence[Notice], batch: Batch) -> None:
    """The same in the other languages, from the same facts; one that fails is left out."""
    own = {notice.pk: notice.language for notice in notices}
    for language, _name in settings.LANGUAGES:
        others = [notice for notice in notices if own[notice.pk] != language]
        for notice in others:
            notice.language = language
        facts = _facts(kind, others) if others else {}
        for notice in others:
            notice.language = own[notice.pk]
            found = facts.get(notice.pk, Dropped())
            if isinstance(found, Dropped):
                continue
            try:
                said = _rendered(notice, language, found, batch)
            except texts.TextRefused:
                continue
            notice.translations[language] = [said.subject, said.body]


def _set(notice: Notice, state: State, why: str = "", because: str = "") -> None:
    notice.state, notice.why, notice.because = state, why, because


_WRITE = """
update accounts_notice n
set state = r.state, why = r.why, because = r.because, due_at = r.due_at, sent_at = r.sent_at,
    language = r.language, subject = r.subject, body = r.body,
    template_version = r.template_version, translations = r.translations
from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
            %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::int[],
            %s::jsonb[])
     r(id, state, why, because, due_at, sent_at, language, subject, body, template_version,
       translations)
where n.id = r.id
"""


def _write(notices: Sequence[Notice]) -> None:
    columns = ("pk", "state", "why", "because", "due_at", "sent_at", "language", "subject", "body",
               "template_version", "translations")  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [[_plain(getattr(n, c)) for n in notices] for c in columns])


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if isinstance(value, str) else value
